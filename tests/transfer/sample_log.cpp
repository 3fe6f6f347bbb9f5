#include "sample_log.hpp"

#include "eventcore/stores/memory.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/clock.hpp"
#include "eventcore/testing/ids.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sample {

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::string_literals;

folder::folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "eventcore-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error{"no directory for the test's files: " + pattern};
  path_ = pattern;
}

folder::~folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

auto read_file(const std::filesystem::path& file) -> std::string {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::filesystem::path& file, std::string_view content) {
  std::ofstream{file, std::ios::binary} << content;
}

auto empty_store() -> std::shared_ptr<event_store> { return memory::open(); }

void write_requests(event_store& store, int count) {
  sequential_ids ids;
  for (int i = 0; i < count; ++i) {
    auto set = write_of(ids, {stream_of("nothing-1")});
    set.request = {must(request_id::of(fmt::format("r/{:04}", i))), digest_command("test", "one")};
    must_commit(store, set);
  }
}

void write_odd_events(event_store& store) {
  sequential_ids ids;
  std::string every_byte;
  for (int i = 0; i < 256; ++i)
    every_byte += static_cast<char>(i);
  auto set = write_of(
    ids, {stream_of("odd-1")
            .event("written", "{ \"b\" : 1.0,\n \"a\":[1e3, -0, 0.10, 12345678901234567890] }")
            .event("written", R"("\u00e9 \/ \ud83d\ude00 \"quoted\" \u0007 tab\t")")
            .event("written", "null")
            .bytes("stored", every_byte)
            .bytes("stored", "")
            .bytes("stored", "\0"s),
          stream_of("it's a \xF0\x9F\x90\x99 \"stream\"").event("50%_off\\", R"({"x":{},"y":[]})"),
          stream_of("odd-2")});
  set.events[1].type_version = 4'000'000'000;
  set.metadata.actor = "al\xC3\xAC\"ce";
  set.metadata.correlation = {ids.next_commit().bytes};
  set.metadata.causation = ids.next_event({});
  set.metadata.pairs = {{"z", "1"}, {"a\nb", "\xE2\x80\xAE"}};
  set.request = {must(request_id::of("orders/\xC3\xA9 1")), digest_command("test", "one")};
  must_commit(store, set);
  auto nothing = write_of(ids, {stream_of("odd-3")});
  nothing.request = {must(request_id::of("orders/nothing")), digest_command("test", "two")};
  must_commit(store, nothing);
}

void write_many(event_store& store, std::size_t count, std::size_t most) {
  sequential_ids ids;
  for (int i = 0; i < 1'000; ++i) // none that `write_odd_events` had
    static_cast<void>(ids.next_commit());
  for (std::size_t done = 0, commit = 0; done < count; ++commit) {
    const auto name = fmt::format("many-{}", commit % 7);
    auto stream = stream_of(name);
    if (const auto head = head_of(store, name); head.version.value > 0)
      stream.at(head);
    const auto size = std::min(count - done, 1 + commit * 37 % most);
    for (std::size_t i = 0; i < size; ++i)
      stream.event("counted", fmt::format(R"({{"n":{},"text":"{}"}})", done + i,
                                          std::string(50 + (done + i) % 300, 'x')));
    auto set = write_of(ids, {stream});
    if (commit % 3 == 0)
      set.request = {must(request_id::of(fmt::format("many/{}", commit))),
                     digest_command("count", std::to_string(commit))};
    must_commit(store, set);
    done += size;
  }
}

auto full_store(std::size_t many) -> std::shared_ptr<event_store> {
  store_settings settings;
  settings.clock = manual_clock{};
  auto store = memory::open(settings);
  write_odd_events(*store);
  write_many(*store, many);
  return store;
}

auto described(event_store& store) -> std::string {
  std::string text;
  for (read_log query;;) {
    const auto page = must(store.read(query));
    for (const auto& e : page.events)
      text += fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", e.position.value, e.version.value,
                          e.stream, e.commit.text(), e.id.text(), e.type, e.type_version,
                          static_cast<int>(e.encoding), e.recorded_at.time_since_epoch().count(),
                          e.payload, e.metadata_json);
    if (page.complete)
      break;
    query.after = page.through;
  }
  for (std::string after;;) {
    const auto page = must(store.maintenance().list_requests(after, 100));
    for (const auto& r : page) {
      text +=
        fmt::format("{} {} {} {} {} {}", r.id.text(), r.digest, r.done.commit.text(),
                    r.done.first.value, r.done.count, r.recorded_at.time_since_epoch().count());
      for (const auto& stream : r.done.streams)
        text += fmt::format(" {} {}", stream.stream.text(), stream.version.value);
      text += '\n';
    }
    if (page.size() < 100)
      return text;
    after = page.back().id.text();
  }
}

} // namespace sample
