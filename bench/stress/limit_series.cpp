#include "limit_series.hpp"

#include "stress/limits.hpp"
#include "stress/postgres_limits.hpp"
#include "stress/scratch.hpp"

#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <malloc.h>
#include <numeric>
#include <unistd.h>

#include <fmt/format.h>

namespace stress {

namespace ec = eventcore;

namespace {

auto to_limit(const bench::shape& of, const std::vector<double>& times) -> limit {
  const auto all = std::accumulate(times.begin(), times.end(), 0.0);
  return {.rows = of.rows(),
          .events_per_s = static_cast<double>(of.rows() * times.size()) / all,
          .transaction_us = median(times) * 1e6};
}

auto scratch_for(const options& given) -> bench::scratch_folder {
  return bench::scratch_folder{given.folder() / fmt::format("eventcore-stress-{}.tmp", getpid())};
}

} // namespace

auto median(std::vector<double> values) -> double {
  if (values.empty())
    return 0;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

auto shape_for(double rows, double events, std::size_t streams) -> bench::shape {
  const auto each = std::max(std::lround(events), 1L);
  const auto sets = std::max(std::lround(rows / static_cast<double>(each)), 1L);
  return {.sets = static_cast<std::size_t>(sets),
          .events_per_set = static_cast<std::size_t>(each),
          .streams = streams};
}

void limit_series::measure(const bench::shape& of) {
  if (!given_.is_memory())
    measure_raw(of);
  measure_section(of);
  if (of.rows() == 1)
    measure_plain();
  malloc_trim(0); // what this took is not the scenario's memory
}

void limit_series::measure_raw(const bench::shape& of) {
  const bench::until end{.time = given_.limit_time};
  if (given_.kind() == store_kind::postgres) {
    const bench::scratch_schema where{given_.store};
    raw_.push_back(to_limit(of, bench::time_raw(where, of, end)));
    return;
  }
  const auto where = scratch_for(given_);
  raw_.push_back(to_limit(of, bench::time_raw(where.file(), of, end)));
}

void limit_series::measure_plain() {
  if (given_.kind() != store_kind::postgres)
    return;
  const bench::scratch_schema where{given_.store};
  plain_.push_back(to_limit({}, bench::time_plain(where, {.time = given_.limit_time})));
}

void limit_series::measure_section(const bench::shape& of) {
  const auto time = [&](ec::event_store& store, int times = 1) {
    const bench::until end{.time = times * given_.limit_time};
    section_.push_back(to_limit(of, bench::time_section(store, of, end)));
  };
  switch (given_.kind()) {
  case store_kind::memory:
    return time(*ec::memory::open());
  case store_kind::postgres: {
    const bench::scratch_schema where{given_.store};
    return time(*where.open());
  }
  case store_kind::sqlite:
    const auto where = scratch_for(given_);
    // With the scenario's settings, and long enough that the write-ahead log is copied into the file
    // as in the scenario: in its first second a store is faster than it will ever be.
    return time(*ec::unwrap(ec::sqlite::open(where.file())), 4);
  }
}

auto limit_series::median_of(const std::vector<limit>& all, std::size_t rows)
  -> std::optional<limit> {
  std::vector<double> rates;
  std::vector<double> times;
  const auto wanted = static_cast<double>(rows);
  for (const auto& one : all)
    if (std::abs(static_cast<double>(one.rows) - wanted) <= std::max(0.1 * wanted, 0.5)) {
      rates.push_back(one.events_per_s);
      times.push_back(one.transaction_us);
    }
  if (rates.empty())
    return std::nullopt;
  return limit{.rows = rows, .events_per_s = median(rates), .transaction_us = median(times)};
}

} // namespace stress
