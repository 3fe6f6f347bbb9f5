#include "judge.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace harness {

using namespace std::chrono_literals;

auto judge_replay(const calls& asked, const history& log) -> std::vector<std::string> {
  std::vector<std::string> wrong;
  const auto fresh = ec::memory::open();
  ec::testing::sequential_ids ids;
  const ec::environment around{
    .ids = &ids, .now = [] { return ec::moment{}; }, .random = [] { return 0.5; }};
  for (const auto& one : log.commits()) {
    const auto* by = asked.of(one.call);
    if (!by)
      return wrong; // the judge has said so
    const auto again = ec::execute(*fresh, by->command, {}, around);
    if (!again || again->first.value != one.first || again->count != one.count) {
      wrong.push_back(fmt::format("6: replayed one by one, call {} does not write {} events at {}",
                                  by->number, one.count, one.first));
      return wrong;
    }
  }
  const auto replayed = ec::unwrap(fresh->read(ec::read_log{.page = {.events = 1'000'000}}));
  for (std::size_t i = 0; i < replayed.events.size(); ++i)
    if (const auto& [then, now] = std::tie(log.entries()[i], replayed.events[i]);
        number_of(now.stream) != then.stream || now.type != then.type
        || now.payload != then.payload)
      wrong.push_back(fmt::format("6: replayed one by one, position {} is another event", i + 1));
  return wrong;
}

auto judge_progress(const calls& asked, const history& log) -> std::vector<std::string> {
  constexpr auto until_seen = 60ms; // a sweep comes every 50 ms
  std::vector<std::string> wrong;
  for (const auto& one : asked.all()) {
    if (!one.outcome || one.at == std::chrono::steady_clock::time_point{})
      continue;
    const auto took = one.answered_at - one.at - (one.answered_lag - one.lag);
    const auto awaits = one.options.await.empty() ? 0ms : one.options.await_deadline;
    if (took > one.options.command_deadline + awaits + until_seen)
      wrong.push_back(fmt::format("9: call {} was answered after {} ms, its deadline was {} ms",
                                  one.number, took / 1ms, one.options.command_deadline / 1ms));
    const auto failed = one.failed_with();
    if (failed != ec::errc::version_conflict && failed != ec::errc::conflict_retries_exhausted)
      continue;
    if (!one.options.expected.empty())
      continue;
    std::vector<std::uint32_t> streams;
    for (const auto& seen : one.saw.saw)
      streams.push_back(seen.stream);
    const auto attempts = one.outcome->error().attempts;
    // One for what others had written before, and this runtime had not heard of.
    const auto reasons = 1 + log.commits_between(streams, one.known.value, one.head.value)
                         + one.answered_troubles - one.troubles;
    if (attempts > reasons)
      wrong.push_back(
        fmt::format("10: call {} met a conflict in {} attempts, while {} commits wrote "
                    "to its streams or something failed",
                    one.number, attempts, reasons));
  }
  return wrong;
}

auto judge_probes(const calls& asked) -> std::vector<std::string> {
  constexpr std::uint32_t most_attempts = 2; // the first may find what a stranger did
  std::vector<std::string> wrong;
  for (const auto& one : asked.all()) {
    if (!one.is_probe || !one.outcome)
      continue;
    const auto failed = one.failed_with();
    if (failed && *failed != ec::errc::rule_violated && *failed != ec::errc::handler_failed)
      wrong.push_back(fmt::format("10: all was well, and call {} failed: {}", one.number,
                                  one.outcome->error().text()));
    const auto attempts = failed ? one.outcome->error().attempts : (*one.outcome)->attempts;
    if (attempts > most_attempts)
      wrong.push_back(
        fmt::format("10: all was well, and call {} took {} attempts", one.number, attempts));
  }
  return wrong;
}

auto judge_calm(const calls& asked) -> std::vector<std::string> {
  std::vector<std::string> wrong;
  for (const auto& one : asked.all()) {
    if (!one.outcome)
      continue;
    const auto failed = one.failed_with();
    if (failed && *failed != ec::errc::rule_violated && *failed != ec::errc::handler_failed
        && *failed != ec::errc::discovery_exhausted)
      wrong.push_back(fmt::format("10: without any trouble call {} failed: {}", one.number,
                                  one.outcome->error().text()));
    const auto attempts = failed ? one.outcome->error().attempts : (*one.outcome)->attempts;
    if (attempts != 1)
      wrong.push_back(
        fmt::format("10: without any trouble call {} took {} attempts", one.number, attempts));
  }
  return wrong;
}

} // namespace harness
