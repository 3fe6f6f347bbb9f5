#pragma once

#include "eventcore/event_store.hpp"

#include <concepts>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

/// Checks for tests of stores that do not depend on a test framework: what does not hold throws.
namespace eventcore::testing {

using std::source_location;

/// A store did not do what the contract says. `what()` begins with the file and line of the check.
class contract_violation : public std::runtime_error {
public:
  contract_violation(std::string_view text, const source_location& where);
};

/// What the checks print.
auto shown(const stream_id& id) -> std::string;
auto shown(const stream_head& head) -> std::string;
auto shown(const log_head& head) -> std::string;
auto shown(const committed& done) -> std::string;
auto shown(const append_outcome& outcome) -> std::string;
auto shown(const checkpoint& reached) -> std::string;
auto shown(const metadata& value) -> std::string;

template <class T>
auto shown(const T& value) -> std::string {
  if constexpr (requires { value.text(); })
    return value.text();
  else if constexpr (requires { value.value; })
    return fmt::format("{}", value.value);
  else if constexpr (requires { value.time_since_epoch(); })
    return fmt::format("{} us", value.time_since_epoch().count());
  else if constexpr (std::convertible_to<T, std::string_view>)
    return fmt::format("'{}'", std::string_view{value});
  else
    return fmt::format("{}", value);
}

/// Throws unless `holds`; `claim` says what should hold.
void check(bool holds, std::string_view claim, source_location where = source_location::current());

/// Throws unless both are equal, and shows them.
template <class A, class B>
void check_equal(const A& found, const B& wanted, std::string_view what,
                 source_location where = source_location::current()) {
  if (!(found == wanted))
    throw contract_violation{
      fmt::format("{}: found {}, wanted {}", what, shown(found), shown(wanted)), where};
}

/// The value of a result; throws when it is a failure.
template <class T>
auto must(result<T> outcome, source_location where = source_location::current()) -> T {
  if (!outcome)
    throw contract_violation{"failed: " + outcome.error().text(), where};
  if constexpr (!std::is_void_v<T>)
    return std::move(*outcome);
}

/// Throws unless a failure has this code and a text that holds `part`.
void check_failure(const failure& found, errc code, std::string_view part,
                   const source_location& where);

/// The failure of a result; throws when it has none, another code, or a text without `part`.
template <class T>
auto must_fail(const result<T>& outcome, errc code, std::string_view part = {},
               source_location where = source_location::current()) -> failure {
  if (outcome)
    throw contract_violation{fmt::format("succeeded where {} was due", to_string(code)), where};
  check_failure(outcome.error(), code, part, where);
  return outcome.error();
}

// -- one write set: append it and insist on what becomes of it --

auto must_commit(event_store& store, const write_set& set,
                 source_location where = source_location::current()) -> committed;
auto must_refuse(event_store& store, const write_set& set,
                 source_location where = source_location::current()) -> refused;
auto must_repeat(event_store& store, const write_set& set,
                 source_location where = source_location::current()) -> committed;
auto must_fail(event_store& store, const write_set& set, errc code, std::string_view part = {},
               source_location where = source_location::current()) -> failure;

/// One kind of outcome; throws when it is another.
template <class Kind>
auto must_be(const append_outcome& outcome, source_location where = source_location::current())
  -> const Kind& {
  const auto* found = std::get_if<Kind>(&outcome);
  if (!found)
    throw contract_violation{"another outcome was due than " + shown(outcome), where};
  return *found;
}

// -- what is in the store --

/// All events of a stream, in one page.
auto read_all(event_store& store, std::string_view stream,
              source_location where = source_location::current()) -> stream_page;

/// All events of the log that fit `filter`, in one page.
auto read_log_of(event_store& store, const event_filter& filter = {},
                 source_location where = source_location::current()) -> log_page;

/// Where a stream stands.
auto head_of(event_store& store, std::string_view stream,
             source_location where = source_location::current()) -> stream_head;

/// The event types of a page in order, parted by blanks: "placed paid".
auto types_in(const std::vector<recorded_event>& events) -> std::string;

/// The streams of the events of a page in order, parted by blanks.
auto streams_in(const std::vector<recorded_event>& events) -> std::string;

/// Throws when the store finds damage in itself.
void check_healthy(event_store& store, source_location where = source_location::current());

} // namespace eventcore::testing
