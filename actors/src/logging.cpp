#include "logging.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

namespace level = spdlog::level;

constexpr std::size_t longest_value = 2048; // bytes; the longest stream id has 1020
constexpr std::size_t most_streams = 8;     // of one command that are named

// spdlog's own function takes every unknown name for `off`.
auto level_of(std::string_view name) -> std::optional<level::level_enum> {
  using enum level::level_enum;
  for (const auto& [known, value] : {std::pair{"trace", trace},
                                     {"debug", debug},
                                     {"info", info},
                                     {"warn", warn},
                                     {"error", err},
                                     {"off", off}})
    if (name == known)
      return value;
  return std::nullopt;
}

auto open_sink(const std::string& where) -> result<spdlog::sink_ptr> {
  if (where == "stderr")
    return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (where == "stdout")
    return std::make_shared<spdlog::sinks::stdout_sink_mt>();
  const auto refuse = [&](const std::string& why) {
    return fail(errc::invalid_argument,
                fmt::format("eventcore.log.sink is '{}', a file that cannot be opened for writing: "
                            "{}; write stderr, stdout, or the path of a file in a directory that "
                            "exists",
                            detail::printable(where, 255), why));
  };
  // spdlog would make missing folders, try for a while, and say less about what is wrong.
  auto* const file = std::fopen(where.c_str(), "ab");
  if (!file)
    return refuse(std::generic_category().message(errno));
  std::fclose(file);
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(where);
  } catch (const spdlog::spdlog_ex& error) {
    return refuse(error.what());
  }
}

auto value_text(std::string_view value) -> std::string {
  std::string escaped;
  for (const char c : value) {
    if (c == '"' || c == '\\')
      escaped += '\\';
    escaped += c;
  }
  auto shown = detail::printable(escaped, longest_value);
  const bool plain =
    !value.empty() && shown == value && !value.contains(' ') && !value.contains('=');
  return plain ? shown : fmt::format("\"{}\"", shown);
}

/// The message of a line and its fields.
class line {
public:
  explicit line(std::string_view message) : text_{message} {}

  auto add(std::string_view key, std::string_view value) -> line& {
    return add_text(key, value_text(value));
  }

  auto add(std::string_view key, std::uint64_t value) -> line& {
    return add_text(key, fmt::to_string(value));
  }

  auto add_ms(std::string_view key, std::chrono::nanoseconds time) -> line& {
    return add_text(key,
                    fmt::format("{:.3f}", std::chrono::duration<double, std::milli>{time}.count()));
  }

  auto text() const -> const std::string& { return text_; }

private:
  auto add_text(std::string_view key, std::string_view value) -> line& {
    text_ += fmt::format(" {}={}", key, value);
    return *this;
  }

  std::string text_;
};

/// Writes what `build` gives, which is only asked when its level is on.
template <class Build>
void write(spdlog::logger& log, level::level_enum at, const Build& build) noexcept {
  if (!log.should_log(at))
    return;
  try {
    const line built = build();
    log.log(at, spdlog::string_view_t{built.text()});
  } catch (...) {
    // No memory for a line. What it tells about must go on; sinks that fail are spdlog's to report.
  }
}

void add_mismatch(line& to, const mismatch& stream) {
  const bool same_version = stream.expected.version == stream.found.version;
  const auto shown = [&](const stream_head& head) {
    return same_version ? fmt::format("{}/{}", head.version.value, head.commit.text())
                        : fmt::to_string(head.version.value);
  };
  to.add("stream", stream.stream.text())
    .add("expected", shown(stream.expected))
    .add("found", shown(stream.found));
}

} // namespace

auto make_logger(const runtime_settings& settings) -> result<std::shared_ptr<spdlog::logger>> {
  const auto level = level_of(settings.log.level);
  if (!level)
    return fail(
      errc::invalid_argument,
      fmt::format("eventcore.log.level is '{}'; write trace, debug, info, warn, error or off",
                  detail::printable(settings.log.level)));
  auto sink = open_sink(settings.log.sink);
  if (!sink)
    return std::unexpected{std::move(sink.error())};
  auto log = std::make_shared<spdlog::logger>("eventcore", std::move(*sink));
  log->set_level(*level);
  log->flush_on(level::trace);
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %n [%t] %v", spdlog::pattern_time_type::utc);
  return log;
}

void log_retried(spdlog::logger& log, const retry& again) noexcept {
  write(log, level::info, [&] {
    line built{"command retried"};
    built.add("command", again.command)
      .add("attempt", again.attempt)
      .add_ms("delay_ms", again.delay)
      .add("why", to_string(again.why.code));
    if (again.streams.empty())
      return built.add("detail", again.why.detail);
    built.add("streams", again.streams.size());
    for (std::size_t i = 0; i < std::min(again.streams.size(), most_streams); ++i)
      add_mismatch(built, again.streams[i]);
    return built;
  });
}

void log_store_failed(spdlog::logger& log, const failure& why) noexcept {
  if (why.code == errc::outcome_unknown)
    write(log, level::err, [&] { return line{"outcome unknown"}.add("detail", why.detail); });
  else
    write(log, level::warn, [&] {
      return line{"store unavailable"}.add("why", to_string(why.code)).add("detail", why.detail);
    });
}

void log_store_back(spdlog::logger& log, std::chrono::nanoseconds away) noexcept {
  write(log, level::info, [&] { return line{"store available again"}.add_ms("away_ms", away); });
}

void log_restarted(spdlog::logger& log, std::string_view actor, std::string_view why) noexcept {
  write(log, level::err,
        [&] { return line{"actor restarted"}.add("actor", actor).add("why", why); });
}

void log_lapsed(spdlog::logger& log, const stream_id& stream, std::string_view command) noexcept {
  write(log, level::warn, [&] {
    line built{"reservation lapsed"};
    built.add("stream", stream.text());
    return command.empty() ? built : built.add("command", command);
  });
}

void log_snapshot_trouble(spdlog::logger& log, snapshot_fate fate, const failure& why,
                          std::uint64_t held_back) noexcept {
  const bool failed = fate == snapshot_fate::failed;
  write(log, failed ? level::warn : level::info, [&] {
    line built{failed ? "snapshot failed" : "snapshot ignored"};
    built.add("why", to_string(why.code)).add("detail", why.detail);
    return held_back == 0 ? built : built.add("held_back", held_back);
  });
}

void log_requests_forgotten(spdlog::logger& log, std::uint64_t count) noexcept {
  write(log, level::info, [&] { return line{"requests forgotten"}.add("count", count); });
}

void log_requests_kept(spdlog::logger& log, const failure& why) noexcept {
  write(log, level::warn, [&] {
    return line{"requests not forgotten"}.add("why", to_string(why.code)).add("detail", why.detail);
  });
}

namespace {

auto to_text(projection_trouble::step next) -> std::string_view {
  switch (next) {
  case projection_trouble::step::try_again:
    return "try_again";
  case projection_trouble::step::skip:
    return "skip";
  case projection_trouble::step::park:
    return "park";
  case projection_trouble::step::stop:
    return "stop";
  }
  return "unknown";
}

} // namespace

void log_trouble(spdlog::logger& log, const projection_trouble& met) noexcept {
  write(log, level::warn, [&] {
    line built{"projection trouble"};
    built.add("projection", met.projection)
      .add("next", to_text(met.next))
      .add("attempt", met.attempt)
      .add_ms("delay_ms", met.delay);
    if (met.event)
      built.add("position", met.event->position.value);
    return built.add("why", to_string(met.why.code)).add("detail", met.why.detail);
  });
}

void log_projection_ended(spdlog::logger& log, std::string_view projection,
                          const result<projection_status>& outcome) noexcept {
  write(log, outcome ? level::info : level::err, [&] {
    line built{"projection ended"};
    built.add("projection", projection);
    if (outcome)
      return built.add("position", outcome->reached.position.value);
    return built.add("why", to_string(outcome.error().code)).add("detail", outcome.error().detail);
  });
}

void log_subscription_ended(spdlog::logger& log, std::uint64_t subscription,
                            const result<>& outcome) noexcept {
  const bool as_it_should = outcome || outcome.error().code == errc::shutting_down;
  write(log, as_it_should ? level::info : level::err, [&] {
    line built{"subscription ended"};
    built.add("subscription", subscription);
    if (outcome)
      return built;
    return built.add("why", to_string(outcome.error().code)).add("detail", outcome.error().detail);
  });
}

void log_stopping(spdlog::logger& log, std::size_t in_flight,
                  std::chrono::milliseconds deadline) noexcept {
  write(log, level::info, [&] {
    return line{"shutdown began"}.add("in_flight", in_flight).add_ms("deadline_ms", deadline);
  });
}

void log_stopped(spdlog::logger& log, std::size_t abandoned,
                 std::chrono::nanoseconds took) noexcept {
  write(log, abandoned == 0 ? level::info : level::warn,
        [&] { return line{"shutdown ended"}.add("abandoned", abandoned).add_ms("took_ms", took); });
}

} // namespace eventcore
