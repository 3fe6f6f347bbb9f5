#pragma once

#include "eventcore/actors/observer.hpp"
#include "eventcore/actors/settings.hpp"
#include "eventcore/failure.hpp"
#include "eventcore/projection_options.hpp"
#include "eventcore/projection_status.hpp"
#include "eventcore/retry_policy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <spdlog/fwd.h>
#include <string_view>

namespace eventcore {

/// A logger as `settings.log` says. A line is time (UTC), level, logger, thread, a fixed message and
/// fields; it is written at once. A value that is empty or holds white space, quotes, `=` or control
/// characters stands in quotes, with `\"`, `\\` and `\xNN` inside.
///
///     2026-07-01T12:00:00.123456Z warning eventcore [4711] reservation lapsed stream="account-a b"
///
/// Fails with `invalid_argument`, naming the setting, for an unknown level and a file that cannot be
/// opened. Missing folders are not made.
auto make_logger(const runtime_settings& settings) -> result<std::shared_ptr<spdlog::logger>>;

// The lines that a runtime writes. From any thread; none throws; when their level is off they cost
// a comparison.

/// info: `command retried command= attempt= delay_ms= why=`, then for a conflict `streams=` (how
/// many) and for each, up to 8, `stream= expected= found=` (versions; with the commit ids,
/// `3/0190...`, when the versions are equal); else `detail=`.
void log_retried(spdlog::logger& log, const retry& again) noexcept;

/// error: `outcome unknown detail=` for that code; warning: `store unavailable why= detail=` for all
/// others.
void log_store_failed(spdlog::logger& log, const failure& why) noexcept;

/// info: `store available again away_ms=`.
void log_store_back(spdlog::logger& log, std::chrono::nanoseconds away) noexcept;

/// error: `actor restarted actor= why=`.
void log_restarted(spdlog::logger& log, std::string_view actor, std::string_view why) noexcept;

/// warning: `reservation lapsed stream= command=`, without `command` when it is empty.
void log_lapsed(spdlog::logger& log, const stream_id& stream, std::string_view command) noexcept;

/// info: `snapshot ignored why= detail=`; warning: `snapshot failed why= detail=`; with
/// `held_back=`, the number of such lines that were not written before, unless it is 0.
void log_snapshot_trouble(spdlog::logger& log, snapshot_fate fate, const failure& why,
                          std::uint64_t held_back) noexcept;

/// info: `requests forgotten count=`; warning: `requests not forgotten why= detail=`.
void log_requests_forgotten(spdlog::logger& log, std::uint64_t count) noexcept;
void log_requests_kept(spdlog::logger& log, const failure& why) noexcept;

/// warning: `projection trouble projection= next= attempt= delay_ms= why= detail=`, with `position=`
/// when an event is to blame; `next` is what the projection does now.
void log_trouble(spdlog::logger& log, const projection_trouble& met) noexcept;

/// info: `projection ended projection= position=`; error, with `why= detail=`, when it failed.
void log_projection_ended(spdlog::logger& log, std::string_view projection,
                          const result<projection_status>& outcome) noexcept;

/// The same: `subscription ended subscription=`.
void log_subscription_ended(spdlog::logger& log, std::uint64_t subscription,
                            const result<>& outcome) noexcept;

/// info: `shutdown began in_flight= deadline_ms=`.
void log_stopping(spdlog::logger& log, std::size_t in_flight,
                  std::chrono::milliseconds deadline) noexcept;

/// info: `shutdown ended abandoned= took_ms=`; warning when commands were abandoned, that is,
/// answered without having come to their end.
void log_stopped(spdlog::logger& log, std::size_t abandoned,
                 std::chrono::nanoseconds took) noexcept;

} // namespace eventcore
