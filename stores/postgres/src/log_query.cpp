#include "log_query.hpp"

#include "glob.hpp"

#include <array>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// What a filter asks for, as the bits of a number: there is one statement for each.
constexpr unsigned kinds = 1;
constexpr unsigned prefix = 2;
constexpr unsigned glob = 4;
constexpr unsigned types = 8;
constexpr unsigned backwards = 16;
constexpr unsigned combinations = 32;

auto parts_of(const event_filter& filter, direction way) -> unsigned {
  return (filter.kinds.empty() ? 0U : kinds) | (filter.prefix.empty() ? 0U : prefix)
         | (filter.glob.empty() ? 0U : glob) | (filter.types.empty() ? 0U : types)
         | (way == direction::forwards ? 0U : backwards);
}

auto make_statement(unsigned parts) -> statement {
  int last = 3;
  std::string wanted;
  const auto add = [&](std::string condition) {
    wanted += (wanted.empty() ? "" : " AND ") + std::move(condition);
  };
  if (parts & kinds)
    add(fmt::format("s.kind = ANY (${}::text[])", ++last));
  if (parts & prefix)
    add(fmt::format("starts_with(s.id, ${}::text)", ++last));
  if (parts & glob) {
    add(fmt::format("starts_with(s.id, ${}::text)", ++last));
    add(fmt::format("s.id ~ ${}::text", ++last));
  }
  if (parts & types) {
    add(fmt::format("e.type = ANY (${}::text[])", ++last));
    add(fmt::format("s.kind || '.' || e.type = ANY (${}::text[])", ++last));
  }
  // The outer join keeps an event without a stream in sight.
  return {fmt::format("read_log_{}", parts),
          fmt::format("SELECT {}, s.id FROM events e LEFT JOIN streams s ON s.key = e.stream "
                      "WHERE e.position > $1::int8 AND e.position < $2::int8{} ORDER BY "
                      "e.position{} LIMIT $3::int8",
                      event_columns,
                      wanted.empty() ? "" : " AND (s.id IS NULL OR (" + wanted + "))",
                      parts & backwards ? " DESC" : "")};
}

auto statement_for(unsigned parts) -> const statement& {
  static const auto all = [] {
    std::array<statement, combinations> made;
    for (unsigned i = 0; i < combinations; ++i)
      made[i] = make_statement(i);
    return made;
  }();
  return all[parts];
}

} // namespace

log_query::log_query(const event_filter& filter, direction way)
    : filter_{filter}, sql_{&statement_for(parts_of(filter, way))} {
  for (const auto& kind : filter.kinds)
    kinds_.add(kind);
  for (const auto& type : filter.types) {
    type_names_.add(std::string_view{type}.substr(type.find('.') + 1));
    types_.add(type);
  }
  if (filter.glob.empty())
    return;
  if (auto regex = regex_of_glob(filter.glob))
    regex_ = std::move(*regex);
  else
    can_fit_ = false;
}

auto log_query::with(std::uint64_t after, std::uint64_t before, std::int64_t limit) -> parameters {
  parameters all;
  all.position(after).position(before).number(limit);
  if (!filter_.kinds.empty())
    all.list(kinds_);
  if (!filter_.prefix.empty())
    all.text(filter_.prefix);
  if (!filter_.glob.empty())
    all.text(literal_prefix(filter_.glob)).text(regex_);
  if (!filter_.types.empty())
    all.list(type_names_).list(types_);
  return all;
}

} // namespace eventcore::postgres
