#include "record_trip.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace eventcore::postgres {

record_trip::record_trip(connection& on) : on_{on}, sending_{on} { sending_.add(begin_writing); }

void record_trip::add(const statement& what, const parameters& with) {
  sending_.add(what, with);
  ++count_;
}

auto record_trip::commit() -> rows {
  on_.take_warning();
  bool committing = false;
  try {
    sending_.add(postgres::commit);
    sending_.send();
    for (int i = 0; i < count_; ++i) // the beginning, and all but the last
      sending_.answer();
    auto last = sending_.answer();
    committing = true;
    const auto answer = sending_.answer();
    const auto warning = on_.take_warning();
    if (!is_committed(answer) || !warning.empty())
      raise_unknown(warning.empty() ? "it was rolled back" : warning);
    return last;
  } catch (const database_error& error) {
    if (error.is_refusal() && (!committing || error.is_in_class("40")))
      throw;
    raise_unknown(error.words());
  }
}

auto run_alone(connection& on, const statement& what, const parameters& with) -> rows {
  record_trip sending{on};
  sending.add(what, with);
  return sending.commit();
}

auto is_certain_at_commit(const database_error& error) -> bool {
  // Data, constraints, deadlocks, statements, exceptions of PL/pgSQL.
  constexpr std::array<std::string_view, 5> classes{"22", "23", "40", "42", "P0"};
  // The session was ended before, because it had done nothing for too long.
  return error.state() == "25P03"
         || (error.is_refusal()
             && std::ranges::any_of(classes, [&](auto each) { return error.is_in_class(each); }));
}

void raise_unknown(std::string_view words) {
  raise(errc::outcome_unknown,
        fmt::format("the database did not confirm what was written to it ({}): it may or may not "
                    "be there; read it, or do the same again",
                    words));
}

} // namespace eventcore::postgres
