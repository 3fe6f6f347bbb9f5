#pragma once

#include "eventcore/detail/projection_traits.hpp"
#include "eventcore/queries.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eventcore {

class applier;

/// What can be asked of every projection, whatever its type. Identified by its address.
struct projection_type {
  std::string_view name; ///< what its checkpoint is kept under

  /// Which events it wants. When it applies all events that its kinds list, these are all events of
  /// those kinds, so that one which the program does not know is noticed; else the types that it
  /// applies, under their old names, too, and the types of which upcasters make several events.
  event_filter (*filter)();

  /// Applies one stored event, or all that upcasters make of it. Fails with `codec_failed` when the
  /// program cannot read it, with `archived`, or with what the projection's code returns; passes on what that code throws.
  result<> (*apply)(void* projection, const recorded_event& event);

  /// How often `apply` applies something: 0 when all that the event stands for is passed over. Fails
  /// when the program cannot read it.
  result<std::uint32_t> (*parts)(const recorded_event& event);

  /// Makes the projection as if it had applied nothing; null when it has no `reset`. Passes on what
  /// the projection's code throws.
  void (*reset)(void* projection);
};

/// How far a projection came with some events.
struct applied_events {
  std::size_t count = 0;               ///< how many of them, from the first on
  std::optional<failure> stopped_by{}; ///< why it is not all: what the event after them met
};

namespace detail {

/// Adds, as `kind.type`, the names under which the `wanted` of a kind's events may be stored, and
/// those of events that upcasters make several of.
void add_stored_types(const kind_history& history, std::span<const bool> wanted,
                      std::vector<std::string>& to);

template <class Projection>
struct projection_functions {
  struct taker {
    template <class Event>
    static constexpr bool wants = projects<Projection, Event>;

    Projection& projection;

    template <class Event>
    auto take(const Event& event, const recorded_event& stored, std::uint32_t index) -> result<> {
      auto about = info_of(stored);
      about.index = index;
      if constexpr (std::is_void_v<decltype(call_apply(projection, event, about))>) {
        call_apply(projection, event, about);
        return {};
      } else {
        return call_apply(projection, event, about);
      }
    }
  };

  struct counter {
    template <class Event>
    static constexpr bool wants = projects<Projection, Event>;

    std::uint32_t parts = 0;

    template <class Event>
    auto take(const Event&, const recorded_event&, std::uint32_t) -> result<> {
      ++parts;
      return {};
    }
  };

  template <class Taker, class... Kinds>
  static auto apply_any(Taker& taker, const recorded_event& event, const kinds<Kinds...>*)
    -> result<> {
    const auto kind = kind_of(event.stream);
    result<> outcome;
    const bool known =
      ((kind == kind_name<Kinds>() && (outcome = take_event<Kinds>(taker, event), true)) || ...);
    if (!known)
      return std::unexpected{unknown_event(kind, event)};
    return outcome;
  }

  static auto apply(void* object, const recorded_event& event) -> result<> {
    taker taker{*static_cast<Projection*>(object)};
    return apply_any(taker, event, static_cast<const typename Projection::streams*>(nullptr));
  }

  static auto parts(const recorded_event& event) -> result<std::uint32_t> {
    counter all;
    const auto counted =
      apply_any(all, event, static_cast<const typename Projection::streams*>(nullptr));
    return counted ? result<std::uint32_t>{all.parts} : std::unexpected{counted.error()};
  }

  static void reset(void* object) { static_cast<Projection*>(object)->reset(); }

  template <class Kind, class... Events>
  static void add_types(std::vector<std::string>& to, const events<Events...>*) {
    static constexpr std::array<bool, sizeof...(Events)> wanted{projects<Projection, Events>...};
    add_stored_types(history_of<Kind>, wanted, to);
  }

  template <class... Kinds>
  static auto filter_for(const kinds<Kinds...>*) -> event_filter {
    event_filter filter;
    if constexpr (((events_for_t<Projection, Kinds>::applied
                    == events_for_t<Projection, Kinds>::count)
                   && ...))
      (filter.kinds.emplace_back(kind_name<Kinds>()), ...);
    else
      (add_types<Kinds>(filter.types, static_cast<const events_of<Kinds>*>(nullptr)), ...);
    if constexpr (requires { Projection::reads; }) {
      filter.prefix = Projection::reads.prefix;
      filter.glob = Projection::reads.glob;
    }
    return filter;
  }

  static auto filter() -> event_filter {
    return filter_for(static_cast<const typename Projection::streams*>(nullptr));
  }
};

template <class Projection>
consteval auto make_projection_type() -> projection_type {
  constexpr auto problem = find_projection_problem<Projection>();
  using enum projection_problem;
  static_assert(problem != not_mutable,
                "eventcore: a projection changes with each event that it applies; do not give a "
                "const one");
  static_assert(problem != no_name,
                "eventcore: a projection must have a name, `static constexpr std::string_view "
                "name = \"...\";`: its checkpoint is kept under it, whatever the type is called");
  static_assert(problem != no_streams, "eventcore: a projection must say which kinds of streams it "
                                       "reads: `using streams = ec::kinds<account, order>;`");
  static_assert(problem != not_a_kind,
                "eventcore: a type in the projection's ec::kinds<...> is no kind of stream: it "
                "lists no events; add `using events = ec::events<...>;` or use EVENTCORE_STREAM");
  static_assert(problem != bad_kind,
                "eventcore: a kind in the projection's ec::kinds<...> has a name other than "
                "[a-z][a-z0-9_]*, or two events of one name, or an event with a reserved name");
  static_assert(problem != repeated_kind,
                "eventcore: two types in the projection's ec::kinds<...> are the same kind");
  static_assert(problem != wrong_reads,
                "eventcore: `reads` of a projection narrows its streams and must be `static "
                "constexpr ec::stream_pattern reads{.prefix = ..., .glob = ...};`");
  static_assert(problem != wrong_apply,
                "eventcore: an apply() of the projection takes an event of its kinds in a way that "
                "it cannot be called; write `void apply(const that_event&)` or `void apply(const "
                "that_event&, const ec::event_info&)`");
  static_assert(problem != wrong_result,
                "eventcore: apply() of a projection must return void or ec::result<>");
  static_assert(problem != no_apply,
                "eventcore: the projection has no public apply() for any event of its kinds; add "
                "`void apply(const that_event&)` for each event that it wants");
  if constexpr (problem == none) {
    using functions = projection_functions<Projection>;
    return {.name = Projection::name,
            .filter = &functions::filter,
            .apply = &functions::apply,
            .parts = &functions::parts,
            .reset = [] {
              if constexpr (requires(Projection& p) { p.reset(); })
                return &functions::reset;
              else
                return nullptr;
            }()};
  } else {
    return {};
  }
}

template <class Projection>
inline constexpr projection_type projection_type_of = make_projection_type<Projection>();

/// The failure of a projection that cannot take an event.
auto cannot_take(std::string_view projection, const recorded_event& event, errc code,
                 std::string_view why) -> failure;

/// Whether a failure may say that an event cannot be taken. Others are about the store or the run,
/// whoever tells them.
auto is_of_event(errc code) -> bool;

template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = true;

} // namespace detail

/// A projection of any type: a plain struct that folds events of the whole log into whatever it
/// likes.
///
///     struct balances {
///       static constexpr std::string_view name = "balances";
///       using streams = ec::kinds<account>;
///       void apply(const money_deposited& e, const ec::event_info& about);
///       void apply(const money_withdrawn& e);
///     };
///
/// The second parameter may be left out. Events that it has no `apply` for are not read. `apply` may
/// return `ec::result<>` or throw when it cannot do its work; it may then be called again for the
/// same event. With `void reset()` it can be begun anew. A type that is no projection does not
/// compile and says why.
///
/// A stored event that upcasters make several of is applied as one: `event_info::index` counts them,
/// and all are applied again after a failure.
class any_projection {
public:
  /// The caller keeps the projection and has it outlive this.
  template <class Projection>
    requires(!std::is_same_v<std::remove_const_t<Projection>, any_projection>
             && !detail::is_shared_pointer<std::remove_const_t<Projection>>
             && !std::is_convertible_v<Projection&, std::shared_ptr<applier>>)
  any_projection(Projection& projection) // implicit: what takes a projection takes any
      : type_{&detail::projection_type_of<Projection>},
        object_{std::shared_ptr<void>{}, static_cast<void*>(&projection)} {}

  template <class Projection>
    requires(!std::is_convertible_v<std::shared_ptr<Projection>, std::shared_ptr<applier>>)
  any_projection(std::shared_ptr<Projection> projection)
      : type_{&detail::projection_type_of<Projection>}, object_{std::move(projection)} {}

  auto name() const -> std::string_view { return type_->name; }
  auto type() const -> const projection_type& { return *type_; }

  /// Applies events in order until one fails. The failure names the event: `codec_failed` when the
  /// program cannot read it, `handler_failed` when the projection threw, else the code that it
  /// returned. Between two events it is asked whether it `is_late`; then no further one is begun.
  auto apply(std::span<const recorded_event> events,
             const std::function<bool()>& is_late = {}) const -> applied_events;

  /// Begins anew; does nothing to a projection without `reset`. Fails with `handler_failed`.
  auto reset() const -> result<>;

private:
  const projection_type* type_;
  std::shared_ptr<void> object_;
};

} // namespace eventcore
