#include "limit_series.hpp"
#include "machine.hpp"
#include "run.hpp"

#include <optional>

namespace stress {

namespace {

auto rate_of(const std::optional<limit>& measured) -> std::optional<double> {
  return measured ? std::optional{rounded(measured->events_per_s)} : std::nullopt;
}

} // namespace

auto run_sizes(const options& given) -> report {
  auto made = begin_report(given);
  limit_series limits{given};
  for (const std::size_t rows : {1UZ, 20UZ, 256UZ, 1000UZ}) {
    const bench::shape of{.sets = rows, .streams = given.concurrency};
    for (std::size_t i = 0; i < given.rounds; ++i) {
      given.scenario == scenario::raw ? limits.measure_raw(of) : limits.measure(of);
      if (given.scenario == scenario::raw && rows == 1)
        limits.measure_plain();
    }
    size_result size{.rows = rows,
                     .raw_events_per_s = rate_of(limits.raw(rows)),
                     .section_events_per_s = rate_of(limits.section(rows))};
    if (size.raw_events_per_s && size.section_events_per_s)
      size.ratio_to_raw = rounded(*size.section_events_per_s / *size.raw_events_per_s);
    if (rows == 1) {
      size.plain_events_per_s = rate_of(limits.plain());
      if (size.plain_events_per_s && size.section_events_per_s)
        size.ratio_to_plain = rounded(*size.section_events_per_s / *size.plain_events_per_s);
    }
    made.rows_per_transaction = static_cast<double>(rows);
    made.raw_events_per_s = size.raw_events_per_s;
    made.section_events_per_s = size.section_events_per_s;
    made.ratio_to_raw = size.ratio_to_raw;
    made.sizes.push_back(size);
  }
  made.rss_bytes = bench::resident_bytes();
  return made;
}

} // namespace stress
