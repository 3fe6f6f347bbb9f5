#pragma once

#include "eventcore/partitions.hpp"
#include "eventcore/projection.hpp"
#include "eventcore/stores/detail/sql_traits.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace eventcore::detail {

/// What can be asked of a SQL projection, whatever its type.
class sql_model {
public:
  sql_model() = default;
  sql_model(const sql_model&) = delete;
  auto operator=(const sql_model&) -> sql_model& = delete;
  virtual ~sql_model() = default;

  /// One as the user gave it, for one transaction.
  virtual auto copy() const -> std::unique_ptr<sql_model> = 0;

  virtual auto create(sql_context& sql) const -> result<> = 0;

  /// Whether `apply` needs `sql`, which may be null else.
  virtual auto applies_sql() const -> bool = 0;
  virtual auto apply(std::span<const recorded_event> events, sql_context* sql)
    -> applied_events = 0;

  virtual auto write(sql_context& sql) -> result<> = 0;
};

/// A SQL projection of some type.
struct sql_projection_type {
  const projection_type* events = nullptr; ///< which it takes, and its name
  std::span<const std::string_view> tables{};
  partition_key_function key = nullptr; ///< what keeps events in order
};

/// Where a projection narrows its streams.
template <class Projection>
struct narrowed {};
template <class Projection>
  requires requires { Projection::reads; }
struct narrowed<Projection> {
  static constexpr auto reads = Projection::reads;
};

/// A SQL projection as any other, whose `apply` is given the transaction.
template <class Projection>
struct bound_to_sql : narrowed<Projection> {
  static constexpr std::string_view name = Projection::name;
  using streams = typename Projection::streams;

  Projection value;
  sql_context* sql = nullptr;

  explicit bound_to_sql(const Projection& prototype) : value{prototype} {}

  // What the database threw is the store's to judge: a lost connection is nobody's fault.
  template <class Event>
    requires takes_in_sql<Projection, Event>
  auto apply(const Event& event, const event_info& about) -> result<> {
    try {
      if constexpr (std::is_void_v<decltype(call_sql_apply(value, event, about, sql))>) {
        call_sql_apply(value, event, about, sql);
        return {};
      } else {
        return call_sql_apply(value, event, about, sql);
      }
    } catch (...) {
      if (sql)
        sql->note_exception();
      throw;
    }
  }

  void reset() {} // it begins anew with new tables
};

template <class Projection>
class sql_model_of final : public sql_model {
public:
  explicit sql_model_of(const Projection& prototype) : bound_{prototype} {}

  auto copy() const -> std::unique_ptr<sql_model> override {
    return std::make_unique<sql_model_of>(bound_.value);
  }

  auto create(sql_context& sql) const -> result<> override {
    if constexpr (std::is_void_v<decltype(bound_.value.create(sql))>) {
      bound_.value.create(sql);
      return {};
    } else {
      return bound_.value.create(sql);
    }
  }

  auto applies_sql() const -> bool override {
    return detail::applies_sql<Projection>(
      static_cast<const typename Projection::streams*>(nullptr));
  }

  auto apply(std::span<const recorded_event> events, sql_context* sql) -> applied_events override {
    bound_.sql = sql;
    return any_projection{bound_}.apply(events);
  }

  auto write([[maybe_unused]] sql_context& sql) -> result<> override {
    if constexpr (!writes<Projection>) {
      return {};
    } else if constexpr (std::is_void_v<decltype(bound_.value.write(sql))>) {
      bound_.value.write(sql);
      return {};
    } else {
      return bound_.value.write(sql);
    }
  }

private:
  bound_to_sql<Projection> bound_;
};

template <class Projection>
consteval auto make_sql_projection_type() -> sql_projection_type {
  constexpr auto problem = find_sql_problem<Projection>();
  using enum sql_problem;
  static_assert(problem != not_mutable,
                "eventcore: a SQL projection gathers what it writes; do not "
                "give a const one");
  static_assert(problem != no_name,
                "eventcore: a projection must have a name, `static constexpr std::string_view "
                "name = \"...\";`: its checkpoint is kept under it, whatever the type is called");
  static_assert(problem != no_streams, "eventcore: a projection must say which kinds of streams it "
                                       "reads: `using streams = ec::kinds<account, order>;`");
  static_assert(
    problem != not_copyable,
    "eventcore: a SQL projection is copied for each transaction, so it must be copyable");
  static_assert(problem != no_tables,
                "eventcore: a SQL projection lists the tables that its create() makes: `static "
                "constexpr std::array<std::string_view, 1> tables{\"balances\"};`");
  static_assert(problem != bad_table,
                "eventcore: `tables` of a SQL projection has at least one name, each once, each "
                "[a-z_][a-z0-9_]* of at most 40 characters");
  static_assert(problem != no_create,
                "eventcore: a SQL projection makes its tables with `void create(ec::sql_context& "
                "sql) const`, which may return ec::result<> instead");
  static_assert(
    problem != wrong_write,
    "eventcore: write() of a SQL projection must be `void write(ec::sql_context& sql)`, "
    "which may return ec::result<> instead");
  static_assert(problem != wrong_apply,
                "eventcore: an apply() of the SQL projection takes an event of its kinds in a way "
                "that it cannot be called; write `void apply(const that_event&)`, with `const "
                "ec::event_info&` or `ec::sql_context&` or both after it");
  static_assert(problem != wrong_result,
                "eventcore: apply() of a projection must return void or ec::result<>");
  static_assert(problem != wrong_partition,
                "eventcore: partition_by() of a SQL projection must be `static auto "
                "partition_by(const ec::event_info&) -> std::string_view` (or std::string)");
  if constexpr (problem == none)
    return {.events = &projection_type_of<bound_to_sql<Projection>>,
            .tables = Projection::tables,
            .key = &partition_key<Projection>};
  else
    return {};
}

template <class Projection>
inline constexpr sql_projection_type sql_projection_type_of =
  make_sql_projection_type<Projection>();

} // namespace eventcore::detail
