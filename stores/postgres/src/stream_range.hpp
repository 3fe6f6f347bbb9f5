#pragma once

#include "trip.hpp"

#include "eventcore/maintenance.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

/// The streams that a valid query selects, as a range of the index on their ids and what is left to
/// compare. The query must outlive it.
class stream_range {
public:
  explicit stream_range(const stream_query& query);

  /// False when no stream fits.
  auto can_fit() const -> bool { return can_fit_; }

  /// The values for the statement that `stream_statements` has for it: $1 is the limit.
  auto with(std::size_t limit) -> parameters;

private:
  friend class stream_statements;

  auto parts() const -> unsigned;

  const stream_query& query_;
  std::string from_;
  std::string to_;
  std::string regex_;
  bool can_fit_ = true;
  array kinds_{element::text};
};

/// One statement for each form that a range takes.
class stream_statements {
public:
  /// SQL that reads `before`, a condition on the streams `s`, and `after`. $1 is the limit.
  stream_statements(std::string_view name, std::string_view before, std::string_view after);

  auto of(const stream_range& range) const -> const statement& { return all_[range.parts()]; }

private:
  std::vector<statement> all_;
};

} // namespace eventcore::postgres
