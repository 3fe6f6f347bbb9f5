#include "transaction.hpp"

#include "record_trip.hpp"

namespace eventcore::postgres {

const statement allow_scans{
  "allow_scans",
  "SELECT set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true), "
  "set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true), "
  "set_config('enable_sort', 'on', true)"};

namespace {

const statement allow_time{"allow_time", "SELECT set_config('statement_timeout', '0', true)"};

} // namespace

transaction::transaction(connection& on) : on_{on} {
  trip beginning{on_};
  beginning.add(begin_writing);
  beginning.add(allow_time);
  beginning.send();
  beginning.answer();
  beginning.answer();
}

transaction::~transaction() {
  if (on_.is_lost() || !on_.in_transaction())
    return;
  try {
    ask(roll_back);
  } catch (...) {
    on_.abandon();
  }
}

void transaction::allow_scans() { ask(postgres::allow_scans); }

auto transaction::ask(const statement& what, const parameters& with) -> rows {
  trip asking{on_};
  asking.add(what, with);
  asking.send();
  return asking.answer();
}

void transaction::commit() { commit_open(on_); }

void check_committed(connection& on, const rows& answer) {
  if (!is_committed(answer))
    raise(errc::store_unavailable,
          "the transaction was rolled back when it was to be committed; nothing was written, try "
          "again");
  if (const auto warning = on.take_warning(); !warning.empty())
    raise_unknown(warning);
}

void commit_open(connection& on) {
  on.take_warning();
  trip ending{on};
  ending.add(postgres::commit);
  try {
    ending.send();
    check_committed(on, ending.answer());
  } catch (const database_error& error) {
    if (is_certain_at_commit(error))
      throw;
    raise_unknown(error.words());
  }
}

} // namespace eventcore::postgres
