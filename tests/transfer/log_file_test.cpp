#include "transfer/sample_log.hpp"

#include "eventcore/forwarding_store.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <algorithm>
#include <cstdint>
#include <sys/stat.h>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

namespace {

/// The text of an export.
auto exported(event_store& store, const folder& in, std::string_view name = "text.jsonl") {
  must(export_log(store, in / name));
  return read_file(in / name);
}

/// A store in whose place another log comes once its head was read.
class replaced_store final : public forwarding_store {
public:
  using forwarding_store::forwarding_store;

  auto head() -> result<log_head> override {
    auto found = inner_->head();
    if (found)
      found->commit = {.bytes = {1, 2, 3}};
    return found;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(log_files)

BOOST_AUTO_TEST_CASE(a_log_comes_back_as_it_was) {
  const folder here;
  const auto store = full_store(300);
  for (const auto* name : {"log.jsonl", "log.jsonl.gz", "log.jsonl.zst"}) {
    const auto written = must(export_log(*store, here / name));
    const auto copy = empty_store();
    const auto read = must(import_log(here / name, *copy));
    BOOST_TEST((read == written));
    BOOST_TEST((must(verify_export(here / name)) == written));
    BOOST_TEST((must(copy->head()) == must(store->head())));
    BOOST_TEST(must(copy->find_damage()).empty());
    // What is equal but for the way it is written is written alike.
    BOOST_TEST(exported(*copy, here, std::string{name} + ".again.jsonl")
               == exported(*store, here, std::string{name} + ".text.jsonl"));
  }
}

BOOST_AUTO_TEST_CASE(payloads_in_canonical_form_and_all_else_are_kept_to_the_byte) {
  const folder here;
  const auto store = empty_store();
  write_many(*store, 12'000);
  must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST((described(*copy) == described(*store)));
}

BOOST_AUTO_TEST_CASE(a_log_of_many_pages_and_large_commits_comes_back) {
  const folder here;
  const auto store = empty_store();
  write_many(*store, 30'000, 9'000);
  const auto written = must(export_log(*store, here / "log.jsonl.zst"));
  BOOST_TEST(written.events == 30'000);
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl.zst", *copy));
  BOOST_TEST((described(*copy) == described(*store)));
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_once) {
  const folder here;
  const auto store = full_store(300);
  const auto text = exported(*store, here);
  const auto pipe = here / "pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto copy = empty_store();
  for (int i = 0; i < 2; ++i) { // the second time all is there
    const std::jthread writer{[&] { write_file(pipe, text); }};
    BOOST_TEST(must(import_log(pipe, *copy)).events == must(store->head()).position.value);
    BOOST_TEST((must(copy->head()) == must(store->head())));
  }
}

// In its line it is one level deeper.
BOOST_AUTO_TEST_CASE(payloads_nested_as_deep_as_a_store_takes_come_back) {
  const folder here;
  const auto store = empty_store();
  sequential_ids ids;
  const auto deepest = std::string(128, '[') + std::string(128, ']');
  must_commit(*store, write_of(ids, {stream_of("deep-1").event("e", deepest)}));
  must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST(read_all(*copy, "deep-1").events.front().payload == deepest);
}

BOOST_AUTO_TEST_CASE(an_empty_log_comes_back) {
  const folder here;
  const auto written = must(export_log(*empty_store(), here / "log.jsonl"));
  BOOST_TEST(written.events == 0);
  const auto copy = empty_store();
  BOOST_TEST((must(import_log(here / "log.jsonl", *copy)) == written));
  write_many(*copy, 1);
}

// Fails when a batch that has nothing but the end of the log does not end the restoring.
BOOST_AUTO_TEST_CASE(a_log_whose_requests_fill_a_batch_comes_back_whole) {
  const folder here;
  const auto store = empty_store();
  write_requests(*store, 5'000);
  must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST(must(copy->maintenance().restoring()) == "");
  BOOST_TEST((described(*copy) == described(*store)));
}

BOOST_AUTO_TEST_CASE(the_lines_are_those_of_the_manual) {
  const folder here;
  const auto text = exported(*full_store(), here);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  BOOST_TEST(lines == 1 + 7 + 2 + 1);
  BOOST_TEST(text.starts_with(R"({"eventcore":"log","format":1,"head":{"position":7,"commit":")"));
  BOOST_TEST(text.contains("\n{\"position\":1,\"stream\":\"odd-1\",\"version\":1,\"commit\":\""));
  BOOST_TEST(text.contains(R"("payload":{"a":[1000,0,0.1,12345678901234567890],"b":1}})"));
  BOOST_TEST(text.contains(R"("payload_base64":"AA=="})"));
  BOOST_TEST(text.contains("\n{\"request\":\"orders/nothing\",\"digest\":\""));
  BOOST_TEST(text.contains("\n{\"end\":{\"events\":7,\"requests\":2,\"checksum\":\""));
}

BOOST_AUTO_TEST_CASE(requests_are_still_known_after_the_move) {
  const folder here;
  const auto store = full_store(50);
  must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  const auto requests = must(copy->maintenance().list_requests("", 1000));
  BOOST_TEST((requests == must(store->maintenance().list_requests("", 1000))));
  BOOST_TEST(requests.size() > 2);
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_beginning_of_an_export_is_not_in_it) {
  const folder here;
  const auto store = full_store(20'000);
  const auto head = must(store->head());
  sequential_ids ids;
  for (int i = 0; i < 100'000; ++i) // none that the log has
    static_cast<void>(ids.next_commit());
  transfer_options options;
  options.progress = [&](std::uint64_t, std::uint64_t total) {
    BOOST_TEST(total == head.position.value);
    auto more = write_of(ids, {stream_of(ids.next_event({}).text()).event("late")});
    more.request = {must(request_id::of(more.commit.text())), digest_command("test", "late")};
    must_commit(*store, more);
  };
  const auto before = must(store->maintenance().list_requests("", 100'000)).size();
  const auto written = must(export_log(*store, here / "log.jsonl", options));
  BOOST_TEST((written.head == head));
  BOOST_TEST(written.events == head.position.value);
  BOOST_TEST(written.requests == before);
  BOOST_TEST(must(store->head()).position.value > head.position.value + 1);
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST((must(copy->head()) == head));
}

BOOST_AUTO_TEST_CASE(an_export_is_of_one_log) {
  const folder here;
  replaced_store store{full_store(100)};
  must_fail(export_log(store, here / "log.jsonl"), errc::log_rewound,
            "log.jsonl.partial and begin anew");
  BOOST_TEST(!std::filesystem::exists(here / "log.jsonl"));
}

BOOST_AUTO_TEST_CASE(a_file_that_comes_meanwhile_is_left_alone) {
  const folder here;
  const auto store = full_store(100);
  transfer_options options;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    write_file(here / "log.jsonl", "precious");
  };
  must_fail(export_log(*store, here / "log.jsonl", options), errc::invalid_argument,
            "exists already");
  BOOST_TEST(read_file(here / "log.jsonl") == "precious");
}

BOOST_AUTO_TEST_CASE(a_file_that_exists_is_left_alone) {
  const folder here;
  const auto store = full_store();
  write_file(here / "log.jsonl", "precious");
  must_fail(export_log(*store, here / "log.jsonl"), errc::invalid_argument, "exists already");
  BOOST_TEST(read_file(here / "log.jsonl") == "precious");
  BOOST_TEST(!std::filesystem::exists(here / "log.jsonl.partial"));
  must_fail(
    export_log(*store, here / "nowhere/log.jsonl"), errc::store_unavailable,
    "nowhere/log.jsonl.partial cannot be written: No such file or directory; check the path");
}

BOOST_AUTO_TEST_SUITE_END()
