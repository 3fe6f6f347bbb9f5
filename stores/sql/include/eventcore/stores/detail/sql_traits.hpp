#pragma once

#include "eventcore/detail/projection_traits.hpp"
#include "eventcore/partitions.hpp"
#include "eventcore/stores/sql_context.hpp"

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

// What follows from a SQL projection's type: how it takes events, and what is wrong with it.
namespace eventcore::detail {

template <class Projection, class Event>
concept takes_all = requires(Projection& p, const Event& event, const event_info& about,
                             sql_context& sql) { p.apply(event, about, sql); };

template <class Projection, class Event>
concept takes_sql =
  requires(Projection& p, const Event& event, sql_context& sql) { p.apply(event, sql); };

template <class Projection, class Event>
concept takes_in_sql =
  takes_all<Projection, Event> || takes_sql<Projection, Event> || projects<Projection, Event>;

template <class Projection, class Event>
auto call_sql_apply(Projection& projection, const Event& event, const event_info& about,
                    sql_context* sql) {
  if constexpr (takes_all<Projection, Event>)
    return projection.apply(event, about, *sql);
  else if constexpr (takes_sql<Projection, Event>)
    return projection.apply(event, *sql);
  else
    return call_apply(projection, event, about);
}

template <class Projection, class... Events>
consteval auto needs_sql(const events<Events...>*) -> bool {
  return ((takes_all<Projection, Events> || takes_sql<Projection, Events>) || ...);
}

/// Whether an `apply` is given the transaction; else all of them only gather what is written then.
template <class Projection, class... Kinds>
consteval auto applies_sql(const kinds<Kinds...>*) -> bool {
  return (needs_sql<Projection>(static_cast<const events_of<Kinds>*>(nullptr)) || ...);
}

/// There is an `apply` for the event, but it cannot be called as it should be.
template <class Projection, class Event>
concept misses_in_sql =
  !takes_in_sql<Projection, Event>
  && (misses<Projection, Event> || requires(Projection& p, const Event& event) {
       p.apply(event, any_argument{}, any_argument{});
     } || requires(Projection& p, Event& event, const event_info& about, sql_context& sql) {
       p.apply(event, about, sql);
     } || requires(Projection& p, Event& event, sql_context& sql) { p.apply(event, sql); });

template <class Projection, class Event>
consteval auto returns_well_in_sql() -> bool {
  if constexpr (takes_in_sql<Projection, Event>) {
    using returned =
      decltype(call_sql_apply(std::declval<Projection&>(), std::declval<const Event&>(),
                              std::declval<const event_info&>(), std::declval<sql_context*>()));
    return std::is_void_v<returned> || std::is_same_v<returned, result<>>;
  } else {
    return true;
  }
}

/// What can be wrong with a SQL projection's type, beside what can be wrong with any projection's.
enum class sql_problem {
  none,
  not_mutable,
  no_name,
  no_streams,
  not_copyable,
  no_tables,
  bad_table,
  no_create,
  wrong_write,
  wrong_apply,
  wrong_result,
  wrong_partition,
};

template <class Projection>
concept has_tables = requires {
  { std::span<const std::string_view>{Projection::tables} };
};

template <class Projection>
consteval auto tables_are_named() -> bool {
  const std::span<const std::string_view> tables{Projection::tables};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!is_table_name(tables[i]))
      return false;
    for (std::size_t j = 0; j < i; ++j)
      if (tables[i] == tables[j])
        return false;
  }
  return !tables.empty();
}

template <class T>
concept void_or_result = std::is_void_v<T> || std::same_as<T, result<>>;

template <class Projection>
concept creates = requires(const Projection& p, sql_context& sql) {
  { p.create(sql) } -> void_or_result;
};

template <class Projection>
concept writes = requires(Projection& p, sql_context& sql) {
  { p.write(sql) } -> void_or_result;
};

template <class Projection, class... Events>
consteval auto find_apply_problem(const events<Events...>*) -> sql_problem {
  if constexpr ((misses_in_sql<Projection, Events> || ...))
    return sql_problem::wrong_apply;
  else if constexpr (!(returns_well_in_sql<Projection, Events>() && ...))
    return sql_problem::wrong_result;
  else
    return sql_problem::none;
}

template <class Projection, class Kind>
consteval auto find_kind_problem() -> sql_problem {
  if constexpr (stream_kind<Kind>)
    return find_apply_problem<Projection>(static_cast<const events_of<Kind>*>(nullptr));
  else
    return sql_problem::none; // of any projection's
}

template <class Projection, class... Kinds>
consteval auto find_kinds_problem_in_sql(const kinds<Kinds...>*) -> sql_problem {
  auto found = sql_problem::none;
  static_cast<void>(
    ((found = find_kind_problem<Projection, Kinds>(), found == sql_problem::none) && ...));
  return found;
}

template <class Projection>
consteval auto find_sql_problem() -> sql_problem {
  using enum sql_problem;
  if constexpr (std::is_const_v<Projection>)
    return not_mutable;
  else if constexpr (!has_projection_name<Projection>)
    return no_name;
  else if constexpr (!requires { requires is_kinds<typename Projection::streams>; })
    return no_streams;
  else if constexpr (!std::copy_constructible<Projection>)
    return not_copyable;
  else if constexpr (!has_tables<Projection>)
    return no_tables;
  else if constexpr (!tables_are_named<Projection>())
    return bad_table;
  else if constexpr (!creates<Projection>)
    return no_create;
  else if constexpr (requires { &Projection::write; } && !writes<Projection>)
    return wrong_write;
  else if constexpr (requires { &Projection::partition_by; } && !has_partition_by<Projection>)
    return wrong_partition;
  else
    return find_kinds_problem_in_sql<Projection>(
      static_cast<const typename Projection::streams*>(nullptr));
}

} // namespace eventcore::detail
