#include "setting.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

// clang-format off
constexpr auto table = std::to_array<setting>({
  {"eventcore.store", "URL of the store: memory:, sqlite:path or postgresql://host/database",
   [](auto& s) -> setting_member { return &s.store; }},
  {"eventcore.coordinators", "actors that run commands, 0: one for each thread of the scheduler",
   [](auto& s) -> setting_member { return &s.coordinators; }},
  {"eventcore.readers", "threads that load streams",
   [](auto& s) -> setting_member { return &s.readers; }},
  {"eventcore.shutdown-deadline", "how long stopping waits for commands",
   [](auto& s) -> setting_member { return &s.shutdown_deadline; }},

  {"eventcore.commands.max-in-flight", "commands taken at a time, one more is refused",
   [](auto& s) -> setting_member { return &s.commands.max_in_flight; }},
  {"eventcore.commands.max-bytes", "payloads on their way to the store, more is refused",
   [](auto& s) -> setting_member { return size_member{&s.commands.max_bytes}; }},
  {"eventcore.commands.deadline", "time for a command, retries included",
   [](auto& s) -> setting_member { return &s.commands.deadline; }},

  {"eventcore.retry.retries", "attempts after the first",
   [](auto& s) -> setting_member { return &s.retry.retries; }},
  {"eventcore.retry.backoff", "exponential, linear, fixed or none",
   [](auto& s) -> setting_member { return &s.retry.backoff; }},
  {"eventcore.retry.initial", "delay before the first retry",
   [](auto& s) -> setting_member { return &s.retry.initial; }},
  {"eventcore.retry.cap", "no delay before a retry is longer",
   [](auto& s) -> setting_member { return &s.retry.cap; }},
  {"eventcore.retry.jitter", "each delay varies by this fraction, 0 to 1",
   [](auto& s) -> setting_member { return &s.retry.jitter; }},

  {"eventcore.streams.max-active", "streams kept in memory",
   [](auto& s) -> setting_member { return &s.streams.max_active; }},
  {"eventcore.streams.idle-after", "an unused stream leaves memory after this time",
   [](auto& s) -> setting_member { return &s.streams.idle_after; }},
  {"eventcore.streams.max-waiters", "commands that wait for one stream, one more is refused",
   [](auto& s) -> setting_member { return &s.streams.max_waiters; }},
  {"eventcore.streams.reservation-deadline", "a command that holds a stream longer loses it",
   [](auto& s) -> setting_member { return &s.streams.reservation_deadline; }},

  {"eventcore.log-writer.max-batch", "write sets in one database transaction",
   [](auto& s) -> setting_member { return &s.log_writer.max_batch; }},
  {"eventcore.log-writer.max-batch-bytes", "payloads in one database transaction",
   [](auto& s) -> setting_member { return size_member{&s.log_writer.max_batch_bytes}; }},
  {"eventcore.log-writer.max-backoff", "longest pause between attempts to reach the store",
   [](auto& s) -> setting_member { return &s.log_writer.max_backoff; }},

  {"eventcore.snapshots.every", "events of a stream between two snapshots of its state, 0: none",
   [](auto& s) -> setting_member { return &s.snapshots.every; }},
  {"eventcore.snapshots.kinds", "the same for single kinds: account=200, order=0",
   [](auto& s) -> setting_member { return &s.snapshots.kinds; }},

  {"eventcore.requests.keep", "older request ids are forgotten, 0s: none",
   [](auto& s) -> setting_member { return &s.requests.keep; }},

  {"eventcore.postgres.schema", "PostgreSQL schema that holds the tables",
   [](auto& s) -> setting_member { return &s.postgres.schema; }},
  {"eventcore.postgres.application-name", "what the server shows of this program",
   [](auto& s) -> setting_member { return &s.postgres.application_name; }},
  {"eventcore.postgres.connections", "most that are open at once, readers and 2 more",
   [](auto& s) -> setting_member { return &s.postgres.connections; }},
  {"eventcore.postgres.connect-timeout", "how long connecting may take",
   [](auto& s) -> setting_member { return &s.postgres.connect_timeout; }},
  {"eventcore.postgres.lock-timeout", "how long to wait for another program's commit",
   [](auto& s) -> setting_member { return &s.postgres.lock_timeout; }},
  {"eventcore.postgres.statement-timeout", "how long a statement may read, 0s: as long as it takes",
   [](auto& s) -> setting_member { return &s.postgres.statement_timeout; }},
  {"eventcore.postgres.poll-interval", "how often to look at the log's head when no notice comes",
   [](auto& s) -> setting_member { return &s.postgres.poll_interval; }},

  {"eventcore.log.level", "trace, debug, info, warn, error or off",
   [](auto& s) -> setting_member { return &s.log.level; }},
  {"eventcore.log.sink", "stderr, stdout or the path of a file",
   [](auto& s) -> setting_member { return &s.log.sink; }},

  {"eventcore.metrics.enabled", "serve metrics over HTTP",
   [](auto& s) -> setting_member { return &s.metrics.enabled; }},
  {"eventcore.metrics.address", "host:port where metrics are served",
   [](auto& s) -> setting_member { return &s.metrics.address; }},
});
// clang-format on

/// What stands in a group: `a, b` for the settings x.a, x.b.c and x.b.d of the group x.
auto members_of(std::string_view group) -> std::string {
  std::string all;
  std::string_view last;
  for (const auto& each : table) {
    if (!each.name.starts_with(fmt::format("{}.", group)))
      continue;
    const auto rest = each.name.substr(group.size() + 1);
    const auto member = rest.substr(0, rest.find('.'));
    if (member != last)
      all += fmt::format("{}{}", all.empty() ? "" : ", ", member);
    last = member;
  }
  return all;
}

auto unknown_setting(std::string_view name) -> failure {
  auto group = name; // the closest one around the name that there is
  std::string known;
  do {
    group = group.substr(0, group.rfind('.'));
    known = members_of(group);
  } while (known.empty());
  return {errc::invalid_argument,
          fmt::format("{} is not a setting; {} has {}", printable(name), group, known)};
}

} // namespace

auto all_settings() -> std::span<const setting> { return table; }

auto find_setting(std::string_view name) -> const setting* {
  const auto* const found = std::ranges::find(table, name, &setting::name);
  return found == table.end() ? nullptr : found;
}

auto read_group(const std::string& name, const caf::config_value& value, runtime_settings& settings)
  -> result<> {
  if (const auto* known = find_setting(name))
    return assign(*known, value, settings);
  const auto* members = caf::get_if<caf::config_value::dictionary>(&value);
  if (members == nullptr)
    return std::unexpected{unknown_setting(name)};
  for (const auto& [key, member] : *members)
    if (auto done = read_group(fmt::format("{}.{}", name, key), member, settings); !done)
      return done;
  return {};
}

} // namespace eventcore::detail
