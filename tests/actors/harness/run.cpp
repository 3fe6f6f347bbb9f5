#include "run.hpp"

#include "history.hpp"
#include "judge.hpp"
#include "world.hpp"

#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <iterator>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace harness {

auto simulated_time() -> std::function<ec::timestamp()>& {
  static std::function<ec::timestamp()> time;
  return time;
}

auto store_bounds() -> ec::limits { return {.payload_bytes = 16'384}; }

namespace {

auto time_of_store() -> ec::timestamp {
  const auto& time = simulated_time();
  return time ? time() : ec::timestamp{};
}

} // namespace

auto memory_backend::open_empty() -> std::shared_ptr<ec::event_store> {
  return ec::memory::open({.bounds = store_bounds(), .clock = time_of_store});
}

auto memory_backend::open_again(std::shared_ptr<ec::event_store> used)
  -> std::shared_ptr<ec::event_store> {
  return used;
}

sqlite_backend::sqlite_backend() {
  const std::filesystem::path memory{"/dev/shm"};
  folder_ = (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path())
            / fmt::format("eventcore-harness-{}", getpid());
  std::filesystem::create_directories(folder_);
}

sqlite_backend::~sqlite_backend() {
  std::error_code ignored; // what is left lies in memory
  std::filesystem::remove_all(folder_, ignored);
}

auto sqlite_backend::file() const -> std::filesystem::path {
  return folder_ / fmt::format("{}.db", number_);
}

auto sqlite_backend::open_empty() -> std::shared_ptr<ec::event_store> {
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(file().string() + suffix);
  ++number_;
  ec::sqlite::sqlite_settings settings;
  settings.bounds = store_bounds();
  settings.clock = time_of_store;
  return ec::unwrap(ec::sqlite::open(file(), settings));
}

auto sqlite_backend::open_again(std::shared_ptr<ec::event_store> used)
  -> std::shared_ptr<ec::event_store> {
  used.reset();
  return ec::unwrap(ec::sqlite::open(file(), {}));
}

namespace {

void act(world& here, const plan& planned) {
  here.play();
  if (!planned.stops_early) {
    here.heal();
    if (planned.rests_first && !planned.follow.is_on) // projections never rest
      here.rest();
    here.probe();
    here.catch_up();
    here.rest();
  }
  here.stop();
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  std::ranges::move(more, std::back_inserter(to));
}

void count_calls(const calls& asked, std::map<std::string, std::uint64_t>& counts) {
  for (const auto& one : asked.all())
    if (one.outcome)
      ++counts[*one.outcome ? std::string{(*one.outcome)->repeated ? "told: repeated"
                                          : (*one.outcome)->count  ? "told: written"
                                                                   : "told: nothing to do"}
                            : fmt::format("told: {}", to_string(one.outcome->error().code))];
}

} // namespace

auto run(std::uint64_t seed, backend& on, std::vector<std::string>* trace) -> verdict {
  const auto planned = plan_of(seed, on.knows_simulated_time());
  notebook::open().clear();
  verdict found;
  auto store = on.open_empty();
  calls asked{planned, 0};
  {
    world here{planned, store, trace};
    try {
      act(here, planned);
    } catch (const broken& promise) {
      found.wrong.emplace_back(promise.what());
    }
    append(found.wrong, here.watched().wrong());
    asked = here.take_calls();
    found.fingerprint = here.fingerprint();
    found.steps = here.steps();
    found.counts = here.watched().counts();
    for (const auto& [what, count] : here.store().faults())
      found.counts["fault: " + what] += count;
    count_calls(asked, found.counts);
    if (planned.trouble <= trouble::strangers && here.watched().count("lapsed") > 0)
      found.wrong.emplace_back("9: a reservation lapsed although everybody was quick: a deadlock");
  }
  const history log{*on.open_again(std::move(store))};
  append(found.wrong, judge(asked, log));
  append(found.wrong, judge_replay(asked, log));
  append(found.wrong, judge_progress(asked, log));
  append(found.wrong, judge_probes(asked));
  if (planned.trouble == trouble::none)
    append(found.wrong, judge_calm(asked));
  return found;
}

auto report(std::uint64_t seed, backend& on, std::size_t last_lines) -> std::string {
  std::vector<std::string> trace;
  const auto found = run(seed, on, &trace);
  const auto planned = plan_of(seed, on.knows_simulated_time());
  auto text =
    fmt::format("seed {} (trouble: {}, {} coordinators, {} streams):\n", seed,
                to_string(planned.trouble), planned.settings.coordinators, planned.streams);
  for (const auto& one : found.wrong)
    text += fmt::format("  {}\n", one);
  const auto first = trace.size() > last_lines ? trace.size() - last_lines : 0;
  for (auto line = first; line < trace.size(); ++line)
    text += fmt::format("    {}\n", trace[line]);
  return text;
}

} // namespace harness
