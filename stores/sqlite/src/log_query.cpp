#include "log_query.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

class conditions {
public:
  explicit conditions(log_sql& to) : to_{to} {}

  /// The parameter that stands for `text`.
  auto parameter(std::string text) -> std::string {
    to_.texts.push_back(std::move(text));
    return fmt::format("?{}", to_.texts.size() + 3);
  }

  void add(const std::string& condition) { all_ += all_.empty() ? condition : " AND " + condition; }

  auto all() const -> const std::string& { return all_; }

private:
  log_sql& to_;
  std::string all_;
};

// Texts that begin with `prefix` are those from it up to what follows the last of them, bytewise.
auto end_of_prefix(std::string prefix) -> std::string {
  ++prefix.back(); // never 0xFF in UTF-8
  return prefix;
}

void add_kinds(conditions& to, const std::vector<std::string>& kinds) {
  std::string list;
  for (const auto& kind : kinds)
    list += (list.empty() ? "" : ", ") + to.parameter(kind);
  to.add("s.kind IN (" + list + ")");
}

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
  log_sql query;
  conditions wanted{query};
  if (!filter.kinds.empty())
    add_kinds(wanted, filter.kinds);
  if (!filter.prefix.empty()) {
    const auto first = wanted.parameter(filter.prefix);
    const auto end = wanted.parameter(end_of_prefix(filter.prefix));
    wanted.add(fmt::format("s.id >= {} AND s.id < {}", first, end));
  }
  if (!filter.glob.empty())
    wanted.add(fmt::format("eventcore_glob({}, s.id)", wanted.parameter(filter.glob)));
  if (!filter.types.empty())
    add_types(wanted, filter.types);
  // The outer join keeps the order of the loops, and an event without a stream in sight.
  query.text = fmt::format(
    "SELECT {}, s.id FROM events e LEFT JOIN streams s ON s.key = e.stream "
    "WHERE e.position > ?1 AND e.position < ?2{} ORDER BY e.position{} LIMIT ?3",
    event_columns,
    wanted.all().empty() ? std::string{} : fmt::format(" AND (s.id IS NULL OR ({}))", wanted.all()),
    way == direction::forwards ? "" : " DESC");
  return query;
}

} // namespace eventcore::sqlite
