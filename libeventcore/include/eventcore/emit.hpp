#pragma once

#include "eventcore/detail/visit_streams.hpp"
#include "eventcore/emission.hpp"
#include "eventcore/related.hpp"
#include "eventcore/stream.hpp"

#include <optional>
#include <type_traits>

#include <boost/mp11/algorithm.hpp>

namespace eventcore {

namespace detail {

/// The stream types that `discover` of a command may find; none without `discover`.
template <class Command>
struct found_streams {
  using type = boost::mp11::mp_list<>;
};

template <class Related>
struct related_in;
template <class... Found>
struct related_in<related<Found...>> {
  using type = typename related<Found...>::stream_types;
};
template <class... Found>
struct related_in<result<related<Found...>>> : related_in<related<Found...>> {};

template <class Result, class Class, class... Args>
auto result_of(Result (Class::*)(Args...) const) -> Result;

template <class Command>
  requires requires { related_in<decltype(result_of(&Command::discover))>{}; }
struct found_streams<Command> {
  using type = typename related_in<decltype(result_of(&Command::discover))>::type;
};

template <class T>
struct kind_of_stream;
template <class Kind, class View>
struct kind_of_stream<stream<Kind, View>> {
  using type = Kind;
};
template <class T>
using kind_of_stream_t = typename kind_of_stream<T>::type;

/// Whether a command has, or may find, a stream of `Kind`.
template <class Command, class Kind>
consteval auto has_kind() -> bool {
  using all =
    boost::mp11::mp_append<stream_types_in<Command>, typename found_streams<Command>::type>;
  return boost::mp11::mp_contains<boost::mp11::mp_transform<kind_of_stream_t, all>, Kind>::value;
}

template <class Member>
struct member_pointer;
template <class Class, class Type>
struct member_pointer<Type Class::*> {
  using owner = Class;
  using type = Type;
};

} // namespace detail

/// Where `handle` puts its events. They get their versions and positions in the order they are
/// emitted. Which event a stream's kind may hold is checked when compiling. Not thread-safe, and
/// only good during the call.
///
/// The bodies are instantiated after the command is described; nothing in the declarations may need
/// that.
template <class Command>
class emit {
public:
  emit(const Command& command, emission& out) : command_{&command}, out_{&out} {}

  /// Emits to a stream of the command, declared or discovered. That `target` is one of them is
  /// checked when running: if not, the command fails with `invalid_argument`.
  template <class Kind, class View, class Event>
  void to(const stream<Kind, View>& target, const Event& event) {
    static_assert(
      is_event_of<Event, Kind>,
      "eventcore: streams of this kind do not hold this event; emit to another stream, or add "
      "the event to the kind's ec::events<...>");
    require_kind<Kind>();
    if constexpr (is_event_of<Event, Kind>)
      detail::emit_event<Kind>(*out_, target.id(), event);
  }

  /// Emits to the stream in a member of the command: `emit.to<&transfer::from>(event)`. All is
  /// checked when compiling, but an empty `std::optional` fails the command with
  /// `invalid_argument`.
  template <auto Member, class Event>
  void to(const Event& event) {
    if (const auto* target = stream_in<Member>())
      to(*target, event);
  }

  /// Ends a stream of the command, declared or discovered: its last event says so, and its payloads
  /// may then be archived. Folds and projections pass over that event. Whoever writes to the stream
  /// later opens it again.
  template <class Kind, class View>
  void close(const stream<Kind, View>& target) {
    require_kind<Kind>();
    out_->close(target.id());
  }

  /// Ends the stream in a member of the command: `emit.close<&cancel_order::which>()`.
  template <auto Member>
  void close() {
    if (const auto* target = stream_in<Member>())
      close(*target);
  }

private:
  template <class Kind>
  static void require_kind() {
    // A command without a description has an error of its own, which this must not drown.
    static_assert(
      !described<Command> || detail::has_kind<Command, Kind>(),
      "eventcore: the command has no stream of this kind; make it a member of the command and "
      "name it in BOOST_DESCRIBE_STRUCT, or let discover() find it");
  }

  /// The stream in a member; null, and the command fails, when an optional one is empty.
  template <auto Member>
  auto stream_in() const {
    using pointer = detail::member_pointer<decltype(Member)>;
    static_assert(std::is_same_v<typename pointer::owner, Command>,
                  "eventcore: this is not a member of the command that is being handled");
    using type = typename pointer::type;
    if constexpr (detail::is_stream<type>) {
      return &(command_->*Member);
    } else {
      static_assert(
        requires(const type& member) {
          requires detail::is_stream<std::remove_cvref_t<decltype(*member)>>;
        }, "eventcore: this member is no ec::stream (or std::optional of one)");
      const auto& target = command_->*Member;
      if (!target)
        out_->refuse({errc::invalid_argument,
                      "the event goes to a stream that the command does not name: the "
                      "optional member is empty"});
      return target ? &*target : nullptr;
    }
  }

  const Command* command_;
  emission* out_;
};

} // namespace eventcore
