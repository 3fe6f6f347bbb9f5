#pragma once

#include "options.hpp"
#include "stress/write_sets.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace stress {

/// What a limit came to, at one number of rows per transaction.
struct limit {
  std::size_t rows = 0;      ///< per transaction
  double events_per_s = 0;   ///< the median of the measurements
  double transaction_us = 0; ///< the median time of one transaction
};

/// `raw` and `section`, measured in turn with the scenario.
class limit_series {
public:
  explicit limit_series(const options& given) : given_{given} {}

  /// Measures both, one after the other, on new stores.
  void measure(const bench::shape& of);

  void measure_raw(const bench::shape& of);
  void measure_section(const bench::shape& of);

  /// One-row transactions as a plain program writes them; on PostgreSQL only, where each takes three round trips.
  void measure_plain();

  /// What the measurements at about `rows` per transaction say; nothing when there is none. The memory store has no table
  /// and so no `raw`.
  auto raw(std::size_t rows) const -> std::optional<limit> { return median_of(raw_, rows); }
  auto section(std::size_t rows) const -> std::optional<limit> { return median_of(section_, rows); }
  auto plain() const -> std::optional<limit> { return median_of(plain_, 1); }

  /// Events per second of the last measurement of `section`; 0 when there is none.
  auto last_section() const -> double {
    return section_.empty() ? 0 : section_.back().events_per_s;
  }

private:
  static auto median_of(const std::vector<limit>& all, std::size_t rows) -> std::optional<limit>;

  const options& given_;
  std::vector<limit> raw_;
  std::vector<limit> section_;
  std::vector<limit> plain_;
};

/// The middle value; 0 when there is none.
auto median(std::vector<double> values) -> double;

/// The shape of a transaction that has about `rows` rows, for write sets of `events` events on average.
auto shape_for(double rows, double events, std::size_t streams) -> bench::shape;

} // namespace stress
