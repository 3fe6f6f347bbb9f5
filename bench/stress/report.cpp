#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace stress {

namespace {

auto microseconds(std::chrono::nanoseconds time) -> double {
  return rounded(std::chrono::duration<double, std::micro>{time}.count());
}

auto ratio_of(double value, const std::optional<limit>& to) -> std::optional<double> {
  return to && to->events_per_s > 0 ? std::optional{rounded(value / to->events_per_s)}
                                    : std::nullopt;
}

} // namespace

auto rounded(double value) -> double { return std::round(value * 1000) / 1000; }

auto report::passed() const -> bool { return std::ranges::all_of(checks, &check::pass); }

void add_answers(report& into, const clients& from, const told& answers, std::size_t timed) {
  const auto all = answers.all();
  into.commands = all.succeeded;
  into.rejected = all.rejected;
  into.failures = all.overloaded + all.unknown + all.failed;
  into.failures_by_code = from.failures();
  if (into.failures > 0)
    into.first_failure = from.first_failure();
  into.seconds = rounded(into.seconds);
  into.retries = all.retries;
  into.p50_us = microseconds(from.latency().quantile(0.50));
  into.p95_us = microseconds(from.latency().quantile(0.95));
  into.p99_us = microseconds(from.latency().quantile(0.99));
  into.max_us = microseconds(from.latency().longest());
  const auto [least, most] =
    std::ranges::minmax(std::span{answers.clients}.first(timed), {}, &tally::succeeded);
  into.client_least = least.succeeded;
  into.client_most = most.succeeded;
}

void add_batches(report& into, const batches& counted) {
  into.cascades = counted.cascades();
  into.transactions = counted.count();
  into.rows_per_transaction = rounded(counted.rows());
}

void add_limits(report& into, const limit_series& limits, std::size_t rows) {
  const auto raw = limits.raw(rows);
  const auto section = limits.section(rows);
  into.ratio_to_raw = ratio_of(into.events_per_s, raw);
  into.ratio_to_section = ratio_of(into.events_per_s, section);
  if (raw) {
    into.raw_events_per_s = rounded(raw->events_per_s);
    into.raw_transaction_us = rounded(raw->transaction_us);
  }
  if (section) {
    into.section_events_per_s = rounded(section->events_per_s);
    into.section_transaction_us = rounded(section->transaction_us);
  }
  if (const auto plain = limits.plain(); plain && rows == 1)
    into.plain_transaction_us = rounded(plain->transaction_us);
}

} // namespace stress
