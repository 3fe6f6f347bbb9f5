#include "eventcore/actors/settings.hpp"

#include "setting_text.hpp"
#include "snapshot_kinds.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eventcore {

using namespace std::chrono_literals;
using detail::bytes;
using detail::shown;
using detail::without_password;

namespace {

constexpr std::size_t plenty = 1'000'000'000;
constexpr auto century = std::chrono::hours{24} * 36'525;
constexpr bytes most_bytes{std::size_t{1} << 40};

constexpr auto backoffs =
  std::to_array<std::pair<std::string_view, backoff>>({{"exponential", backoff::exponential},
                                                       {"linear", backoff::linear},
                                                       {"fixed", backoff::fixed},
                                                       {"none", backoff::none}});

/// Keeps the first setting that is out of its range.
class checker {
public:
  template <class T>
  auto within(std::string_view name, const T& value, const std::type_identity_t<T>& least,
              const std::type_identity_t<T>& most) -> checker& {
    if (!(value >= least)) // a NaN, too
      refuse(name, shown(value), fmt::format("at least {}", shown(least)));
    else if (value > most)
      refuse(name, shown(value), fmt::format("at most {}", shown(most)));
    return *this;
  }

  auto one_of(std::string_view name, std::string_view value,
              std::initializer_list<std::string_view> allowed) -> checker& {
    if (std::ranges::find(allowed, value) == allowed.end())
      refuse(name, shown(value), fmt::format("one of {}", fmt::join(allowed, ", ")));
    return *this;
  }

  template <class T>
  auto check(std::string_view name, const T& value, bool right, std::string_view expected)
    -> checker& {
    if (!right)
      refuse(name, shown(value), expected);
    return *this;
  }

  auto verdict() const -> result<> {
    if (first_)
      return fail(errc::invalid_argument, *first_);
    return {};
  }

private:
  void refuse(std::string_view name, std::string_view found, std::string_view expected) {
    if (!first_)
      first_ = fmt::format("eventcore.{} is {}; it must be {}", name, found, expected);
  }

  std::optional<std::string> first_;
};

auto is_url(std::string_view text) -> bool {
  const auto colon = text.find(':');
  return colon != 0 && colon != std::string_view::npos;
}

auto is_on_postgres(std::string_view url) -> bool {
  return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

/// PostgreSQL cuts a longer name off without a word, and keeps those with `pg_` to itself.
constexpr std::size_t longest_name = 63;

auto is_schema(std::string_view name) -> bool {
  return !name.empty() && name.size() <= longest_name && !name.starts_with("pg_")
         && !name.contains('\0');
}

auto is_address(std::string_view text) -> bool {
  const auto colon = text.rfind(':');
  if (colon == 0 || colon == std::string_view::npos)
    return false;
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc{} && rest == end;
}

} // namespace

auto runtime_settings::validate() const -> result<> {
  constexpr std::size_t besides_readers = 2;
  return checker{}
    .check("store", without_password(store), is_url(store), "a URL such as \"sqlite:eventcore.db\"")
    .within("coordinators", coordinators, 0, 1'024)
    .within("readers", readers, 1, 256)
    .within("shutdown-deadline", shutdown_deadline, 0ms, 24h)
    .within("commands.max-in-flight", commands.max_in_flight, 1, plenty)
    .within("commands.max-bytes", bytes{commands.max_bytes}, bytes{1}, most_bytes)
    .within("commands.deadline", commands.deadline, 1ms, 24h)
    .within("retry.retries", retry.retries, 0, 1'000'000)
    .one_of("retry.backoff", retry.backoff, {"exponential", "linear", "fixed", "none"})
    .within("retry.initial", retry.initial, 0us, 24h)
    .within("retry.cap", retry.cap, 0us, 24h)
    .within("retry.jitter", retry.jitter, 0.0, 1.0)
    .within("streams.max-active", streams.max_active, 1, plenty)
    .within("streams.idle-after", streams.idle_after, 1ms, 24h)
    .within("streams.max-waiters", streams.max_waiters, 0, plenty)
    .within("streams.reservation-deadline", streams.reservation_deadline, 1ms, 24h)
    .within("log-writer.max-batch", log_writer.max_batch, 1, 1'000'000)
    .within("log-writer.max-batch-bytes", bytes{log_writer.max_batch_bytes}, bytes{1}, most_bytes)
    .within("log-writer.max-backoff", log_writer.max_backoff, 1ms, 24h)
    .within("snapshots.every", snapshots.every, 0, plenty)
    .check("snapshots.kinds", snapshots.kinds, parse_snapshot_kinds(snapshots.kinds).has_value(),
           "kinds, each once, with numbers up to 1000000000, such as \"account=200, order=0\"")
    .within("requests.keep", requests.keep, 0ms, century)
    .check("postgres.schema", postgres.schema, is_schema(postgres.schema),
           "a name of 1 to 63 bytes that does not begin with pg_")
    .check("postgres.application-name", postgres.application_name,
           postgres.application_name.size() <= longest_name, "a text of at most 63 bytes")
    .within("postgres.connections", postgres.connections, 3, 1'000)
    .check(
      "postgres.connections", postgres.connections,
      !is_on_postgres(store) || postgres.connections >= readers + besides_readers,
      fmt::format("at least {}: {} for eventcore.readers, one that writes and one that listens",
                  readers + besides_readers, readers))
    .within("postgres.connect-timeout", postgres.connect_timeout, 1ms, 24h)
    .within("postgres.lock-timeout", postgres.lock_timeout, 1ms, 24h)
    .within("postgres.statement-timeout", postgres.statement_timeout, 0ms, 24h)
    .within("postgres.poll-interval", postgres.poll_interval, 1ms, 24h)
    .one_of("log.level", log.level, {"trace", "debug", "info", "warn", "error", "off"})
    .check("log.sink", log.sink, !log.sink.empty(), "stderr, stdout or the path of a file")
    .check("metrics.address", metrics.address, is_address(metrics.address),
           "a host and a port such as \"127.0.0.1:9464\"")
    .verdict();
}

auto runtime_settings::command_defaults() const -> execute_options {
  // Settings that are not valid start no runtime; what is returned for them does not matter.
  const auto* chosen = std::ranges::find(backoffs, std::string_view{retry.backoff},
                                         &std::pair<std::string_view, backoff>::first);
  execute_options options;
  options.retry.retries = static_cast<std::uint32_t>(retry.retries);
  options.retry.backoff = chosen == backoffs.end() ? backoff::exponential : chosen->second;
  options.retry.initial = retry.initial;
  options.retry.cap = retry.cap;
  options.retry.jitter = retry.jitter;
  options.command_deadline = commands.deadline;
  return options;
}

auto runtime_settings::snapshot_defaults() const -> snapshot_policy {
  return {.every = snapshots.every,
          .kinds =
            parse_snapshot_kinds(snapshots.kinds).value_or(decltype(snapshot_policy::kinds){})};
}

auto runtime_settings::store_defaults() const -> store_settings {
  store_settings settings;
  settings.postgres = postgres;
  return settings;
}

} // namespace eventcore
