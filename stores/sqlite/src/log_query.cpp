#include "log_query.hpp"

#include "conditions.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

void add_types(conditions& to, const std::vector<std::string>& types) {
  std::string names;
  std::string pairs;
  for (const auto& wanted : types) {
    const auto dot = wanted.find('.');
    const auto kind = to.parameter(wanted.substr(0, dot));
    const auto type = to.parameter(wanted.substr(dot + 1));
    names += (names.empty() ? "" : ", ") + type;
    pairs +=
      fmt::format("{}(s.kind = {} AND e.type = {})", pairs.empty() ? "" : " OR ", kind, type);
  }
  to.add(fmt::format("e.type IN ({}) AND ({})", names, pairs));
}

} // namespace

auto log_query(const event_filter& filter, direction way) -> log_sql {
  conditions wanted{3};
  wanted.add_kinds(filter.kinds);
  if (!filter.prefix.empty()) {
    const auto first = wanted.parameter(filter.prefix);
    const auto end = wanted.parameter(end_of_prefix(filter.prefix));
    wanted.add(fmt::format("s.id >= {} AND s.id < {}", first, end));
  }
  wanted.add_glob(filter.glob);
  if (!filter.types.empty())
    add_types(wanted, filter.types);
  // The outer join keeps the order of the loops, and an event without a stream in sight.
  return {.text = fmt::format(
            "SELECT {}, s.id FROM events e LEFT JOIN streams s ON s.key = e.stream "
            "WHERE e.position > ?1 AND e.position < ?2{} ORDER BY e.position{} LIMIT ?3",
            event_columns,
            wanted.all().empty() ? std::string{}
                                 : fmt::format(" AND (s.id IS NULL OR ({}))", wanted.all()),
            way == direction::forwards ? "" : " DESC"),
          .texts = wanted.texts()};
}

} // namespace eventcore::sqlite
