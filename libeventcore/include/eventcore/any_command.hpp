#pragma once

#include "eventcore/command.hpp"
#include "eventcore/detail/command_traits.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventcore {

/// What can be asked of every command, whatever its type. Identified by its address.
struct command_type {
  std::string_view name;

  /// Adds the streams that the command itself names.
  result<> (*declare)(const void* command, boundary& out);

  /// Adds the streams that follow from the states read so far; null when the command has no
  /// `discover`. Passes on what the command's code throws.
  result<> (*discover)(const void* command, const boundary& read, const context& about,
                       boundary& out);

  /// Runs `handle`. Passes on what the command's code throws.
  result<> (*decide)(const void* command, const boundary& read, const context& about,
                     emission& out);

  /// The canonical JSON of the command, which requests are compared by. Fails with `codec_failed` when a member has none.
  result<std::string> (*canonical_json)(const void* command);
};

namespace detail {

/// What can be wrong with a command's type.
enum class command_problem {
  none,
  not_described,
  not_an_aggregate,
  member_not_described,
  no_streams,
  no_handle,
  wrong_parameters,
  wrong_result,
  event_of_many_streams,
  event_not_held,
  wrong_discover,
};

template <class Command>
using context_and_emit = callable<Command, const context&, emit<Command>&>;
template <class Command>
using with_emit = callable<Command, emit<Command>&>;
template <class Command>
using with_context = callable<Command, const context&>;
template <class Command>
using with_nothing = callable<Command>;

template <class Form>
inline constexpr bool fits_form = Form::by_member || Form::by_states;

/// Calls `handle` in the form that it has.
template <class Command>
auto call_handle(const Command& command, const boundary& read, const context& about,
                 emit<Command>& out) {
  const auto by_member = [&](auto&... more) {
    return std::apply([&](const auto&... states) { return command.handle(states..., more...); },
                      arguments_for(command, read));
  };
  const states<Command> all{read};
  if constexpr (context_and_emit<Command>::by_member)
    return by_member(about, out);
  else if constexpr (with_emit<Command>::by_member)
    return by_member(out);
  else if constexpr (context_and_emit<Command>::by_states)
    return command.handle(all, about, out);
  else if constexpr (with_emit<Command>::by_states)
    return command.handle(all, out);
  else if constexpr (with_context<Command>::by_member)
    return by_member(about);
  else if constexpr (with_nothing<Command>::by_member)
    return by_member();
  else if constexpr (with_context<Command>::by_states)
    return command.handle(all, about);
  else
    return command.handle(all);
}

template <class T>
struct event_in_result {
  using type = void;
};
template <class Event>
struct event_in_result<result<Event>> {
  using type = Event;
};

template <class Command>
consteval auto takes_emit() -> bool {
  return fits_form<context_and_emit<Command>> || fits_form<with_emit<Command>>;
}

template <class Command>
consteval auto find_result_problem() -> command_problem {
  using returned =
    decltype(call_handle(std::declval<const Command&>(), std::declval<const boundary&>(),
                         std::declval<const context&>(), std::declval<emit<Command>&>()));
  if constexpr (takes_emit<Command>()) {
    return std::is_same_v<returned, result<>> ? command_problem::none
                                              : command_problem::wrong_result;
  } else {
    using event = typename event_in_result<returned>::type;
    using parameters = typename traits<Command>::parameters;
    if constexpr (std::is_void_v<event>) {
      return command_problem::wrong_result;
    } else if constexpr (boost::mp11::mp_size<parameters>::value != 1
                         || boost::mp11::mp_size<typename traits<Command>::listed>::value != 0) {
      return command_problem::event_of_many_streams;
    } else {
      using only = member_type<Command, boost::mp11::mp_front<parameters>>;
      if constexpr (!is_stream<only>)
        return command_problem::event_of_many_streams;
      else
        return is_event_of<event, typename only::kind_type> ? command_problem::none
                                                            : command_problem::event_not_held;
    }
  }
}

template <class Command>
consteval auto find_discover_problem() -> command_problem {
  if constexpr (!requires { &Command::discover; })
    return command_problem::none;
  else if constexpr (boost::mp11::mp_empty<typename found_streams<Command>::type>::value)
    return command_problem::wrong_discover;
  else
    return callable<Command>::discovers_by_member || callable<Command>::discovers_by_states
               || with_context<Command>::discovers_by_member
               || with_context<Command>::discovers_by_states
             ? command_problem::none
             : command_problem::wrong_discover;
}

template <class Command>
consteval auto find_problem() -> command_problem {
  if constexpr (!described<Command>)
    return command_problem::not_described;
  else if constexpr (!std::is_aggregate_v<Command>)
    return command_problem::not_an_aggregate;
  else if constexpr (!is_fully_described<Command>())
    return command_problem::member_not_described;
  else if constexpr (!traits<Command>::has_streams)
    return command_problem::no_streams;
  else if constexpr (find_discover_problem<Command>() != command_problem::none)
    return find_discover_problem<Command>();
  else if constexpr (!takes_emit<Command>()
                     && !fits_form<with_context<Command>> && !fits_form<with_nothing<Command>>)
    return requires { &Command::handle; } ? command_problem::wrong_parameters
                                          : command_problem::no_handle;
  else
    return find_result_problem<Command>();
}

template <class Command>
struct command_functions {
  static auto declare(const void* value, boundary& out) -> result<> {
    const auto& command = *static_cast<const Command*>(value);
    result<> outcome;
    boost::mp11::mp_for_each<members_of<Command>>([&](auto member) {
      using type = member_type<Command, decltype(member)>;
      if (!outcome)
        return;
      if constexpr (slot<type>::is_parameter)
        outcome = slot<type>::declare(command.*member.pointer, out);
      else
        visit_streams(command.*member.pointer,
                      [&]<class Kind, class View>(const stream<Kind, View>& nested) {
                        if (outcome)
                          outcome = out.add(nested.id(), view_type_of<Kind, View>, true);
                      });
    });
    return outcome;
  }

  static auto call_discover(const Command& command, const boundary& read, const context& about) {
    const auto by_member = [&](auto&... more) {
      return std::apply([&](const auto&... states) { return command.discover(states..., more...); },
                        arguments_for(command, read));
    };
    const states<Command> all{read};
    if constexpr (callable<Command>::discovers_by_member)
      return by_member();
    else if constexpr (with_context<Command>::discovers_by_member)
      return by_member(about);
    else if constexpr (callable<Command>::discovers_by_states)
      return command.discover(all);
    else
      return command.discover(all, about);
  }

  static auto discover(const void* value, const boundary& read, const context& about, boundary& out)
    -> result<> {
    const auto add = [&](const auto& related) -> result<> {
      for (const auto& [stream, view] : related.found())
        if (auto added = out.add(stream, *view, true); !added)
          return added;
      return {};
    };
    auto found = call_discover(*static_cast<const Command*>(value), read, about);
    if constexpr (requires { found.found(); }) {
      return add(found);
    } else {
      if (!found)
        return std::unexpected{std::move(found.error())};
      return add(*found);
    }
  }

  static auto decide(const void* value, const boundary& read, const context& about, emission& out)
    -> result<> {
    const auto& command = *static_cast<const Command*>(value);
    emit<Command> sink{command, out};
    auto returned = call_handle(command, read, about, sink);
    if constexpr (takes_emit<Command>()) {
      return returned;
    } else {
      if (!returned)
        return std::unexpected{std::move(returned.error())};
      boost::mp11::mp_for_each<typename traits<Command>::parameters>(
        [&](auto member) { sink.to(command.*member.pointer, *returned); });
      return {};
    }
  }

  static auto to_canonical_json(const void* value) -> result<std::string> {
    return try_canonical_json(*static_cast<const Command*>(value));
  }
};

template <class Command>
consteval auto make_command_type() -> command_type {
  constexpr auto problem = find_problem<Command>();
  using enum command_problem;
  static_assert(problem != not_described, "eventcore: the command has no description; write "
                                          "BOOST_DESCRIBE_STRUCT(type, (), (members...)) "
                                          "after it, in its namespace");
  static_assert(problem != not_an_aggregate,
                "eventcore: a command must be an aggregate (no constructors, no base classes, no "
                "private members), "
                "so that its description can be checked to be complete");
  static_assert(problem != member_not_described,
                "eventcore: a member of the command is missing in its BOOST_DESCRIBE_STRUCT; a "
                "stream forgotten "
                "there would not be part of the consistency boundary. Name all members");
  static_assert(problem != no_streams,
                "eventcore: the command has no stream; give it a member ec::stream<kind>");
  static_assert(problem != no_handle, "eventcore: the command has no member function handle()");
  static_assert(
    problem != wrong_parameters,
    "eventcore: handle() must be const and take the states in the order of the described members "
    "(const kind& for ec::stream, const kind* for an optional one, const ec::many<kind>& for "
    "ec::streams, then one const ec::many<kind>& for each kind that is nested or discovered), or "
    "const "
    "ec::states<command>&; after them, if wanted, const ec::context& and ec::emit<command>&");
  static_assert(
    problem != wrong_result,
    "eventcore: handle() must return ec::result<>; without an emit parameter ec::result<event>");
  static_assert(
    problem != event_of_many_streams,
    "eventcore: handle() may return an event only when the command has exactly one stream; take an "
    "ec::emit<command>& and say which stream the event goes to");
  static_assert(
    problem != event_not_held,
    "eventcore: streams of this kind do not hold the event that handle() returns; add it to the "
    "kind's ec::events<...>");
  static_assert(problem != wrong_discover, "eventcore: discover() must be const, return "
                                           "ec::related<kinds...>, and take the same states as "
                                           "handle(), those of the kinds that it finds included");
  if constexpr (problem == none) {
    using functions = command_functions<Command>;
    return {.name = command_name<Command>(),
            .declare = &functions::declare,
            .discover =
              [] {
                if constexpr (requires { &Command::discover; })
                  return &functions::discover;
                else
                  return nullptr;
              }(),
            .decide = &functions::decide,
            .canonical_json = &functions::to_canonical_json};
  } else {
    return {};
  }
}

template <class Command>
inline constexpr command_type command_type_of = make_command_type<Command>();

} // namespace detail

/// A command of any type, immutable and cheap to copy. Made from a command; a type that is none
/// does not compile and says why.
class any_command {
public:
  template <class Command>
    requires(!std::is_same_v<std::remove_cvref_t<Command>, any_command>)
  any_command(Command&& command) // implicit: every function that takes a command takes any
      : type_{&detail::command_type_of<std::remove_cvref_t<Command>>},
        value_{
          std::make_shared<const std::remove_cvref_t<Command>>(std::forward<Command>(command))} {}

  auto name() const -> std::string_view { return type_->name; }
  auto type() const -> const command_type& { return *type_; }
  auto value() const -> const void* { return value_.get(); }

private:
  const command_type* type_;
  std::shared_ptr<const void> value_;
};

} // namespace eventcore
