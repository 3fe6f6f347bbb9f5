#include "sql_applier.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <soci/soci.h>

namespace eventcore::detail {

namespace {

auto find_in(const std::vector<named_checkpoint>& kept, std::string_view name) -> checkpoint {
  const auto found = std::ranges::find(kept, name, &named_checkpoint::name);
  return found == kept.end() ? checkpoint{} : found->at;
}

void forget_letters(const sql_transaction& within, const std::string& projection) {
  within.session() << "DELETE FROM dead_letters WHERE projection = :name", soci::use(projection);
}

} // namespace

sql_applier::sql_applier(const sql_projection_type& type,
                         std::shared_ptr<const sql_model> prototype, std::size_t workers,
                         detail::side side)
    : serving_name_{type.events->name}, building_name_{serving_name_ + "/rebuild"},
      type_{*type.events},
      target_{.type = type,
              .prototype = std::move(prototype),
              .side = side,
              .checkpoint = side == side::serving ? serving_name_ : building_name_},
      workers_{target_, workers} {
  type_.name = target_.letters = target_.checkpoint;
}

auto sql_applier::tables_in(const sql_transaction& within) const -> read_model_tables {
  return {within, serving_name_, target_.type.tables};
}

auto sql_applier::look(event_store& store, const change& at) const -> result<> {
  return store.inspect([&](transaction& within) -> result<> {
    const auto ours = sql_transaction::of(within);
    if (!ours)
      return std::unexpected{ours.error()};
    auto tables = tables_in(**ours);
    return at(**ours, tables);
  });
}

// What the database refuses is no event's fault, and each event would meet it again.
auto sql_applier::alter(event_store& store, std::span<const checkpoint_move> moves,
                        std::string_view what, const change& work) const -> result<> {
  auto done = store.transact(moves, [&](transaction& within) -> result<> {
    const auto ours = sql_transaction::of(within);
    if (!ours)
      return std::unexpected{ours.error()};
    auto tables = tables_in(**ours);
    return work(**ours, tables);
  });
  if (!done && done.error().code == errc::handler_failed)
    done.error() = {errc::schema_mismatch, fmt::format("projection '{}' cannot {}: {}",
                                                       serving_name_, what, done.error().detail)};
  return done;
}

// Moves a checkpoint, and forgets those of all workers of `whose`. None of them can commit once the
// tables are locked, and then it is looked whether they are still as they were.
auto sql_applier::alter_all(event_store& store, const checkpoint_move& move,
                            const std::vector<std::string_view>& whose, std::string_view what,
                            const change& work, const std::optional<checkpoint_move>& also)
  -> result<> {
  workers_.forget_progress();
  const auto kept = store.list_checkpoints();
  if (!kept)
    return std::unexpected{kept.error()};
  const auto of_workers = sql_workers::checkpoints(*kept, whose);
  std::vector<checkpoint_move> moves{move};
  if (also)
    moves.push_back(*also);
  for (const auto& [name, at] : of_workers)
    moves.push_back({.name = name, .from = at});
  return alter(
    store, moves, what, [&](const sql_transaction& within, read_model_tables& tables) -> result<> {
      tables.lock();
      const auto now = store.list_checkpoints();
      if (!now)
        return std::unexpected{now.error()};
      if (sql_workers::checkpoints(*now, whose) != of_workers)
        return fail(errc::version_conflict,
                    fmt::format("a worker of projection '{}' went on meanwhile", serving_name_));
      return work(within, tables);
    });
}

// What a rebuild fills was made empty when it began, so that nothing of it must be cleared.
auto sql_applier::load(event_store& store) -> result<std::optional<checkpoint>> {
  auto kept = store.load_checkpoint(type_.name);
  if (!kept || (!*kept && target_.side == side::serving))
    return kept;
  const auto at = kept->value_or(checkpoint{});
  const auto there = look(store, [&](const sql_transaction&, read_model_tables& tables) {
    return check_tables(tables, at);
  });
  if (!there)
    return std::unexpected{there.error()};
  if (auto loaded = workers_.load(store, at); !loaded)
    return std::unexpected{std::move(loaded.error())};
  if (auto found = find_letters(store, at.position); !found)
    return std::unexpected{std::move(found.error())};
  return at;
}

// Events that come again may lie aside: those of a program that was killed before its checkpoint had
// passed them, and those before which the checkpoint was moved back.
auto sql_applier::find_letters(event_store& store, log_position after) -> result<> {
  for (;;) {
    const auto letters = store.list_dead_letters({.projection = type_.name, .after = after});
    if (!letters)
      return std::unexpected{letters.error()};
    if (letters->empty())
      break;
    after = letters->back().position;
  }
  target_.letters_until = after;
  return {};
}

auto sql_applier::check_tables(read_model_tables& tables, const checkpoint& at) const -> result<> {
  const auto found = tables.find();
  if (target_.side == side::building && found.building == 0)
    return fail(errc::version_conflict,
                fmt::format("the rebuild of projection '{}' has ended", serving_name_));
  const auto number = target_.side == side::serving ? found.serving : found.building;
  const auto missing = number == 0 ? "all of them" : tables.find_missing(number);
  if (!missing)
    return {};
  return fail(errc::schema_mismatch,
              fmt::format("the checkpoint '{}' is at position {}, but tables of the read model are "
                          "not there: {}; forget the checkpoint, so that it begins anew",
                          type_.name, at.position.value, *missing));
}

// An event out of order moves nothing: that it is applied once follows from the letter, which is
// forgotten with it. The checkpoint is only held fast, wherever it stands; an event that it has not
// passed comes again by itself.
auto sql_applier::apply_letter(event_store& store, const batch_to_apply& batch) const
  -> applied_events {
  const auto kept = store.list_checkpoints();
  if (!kept)
    return {.count = 0, .stopped_by = kept.error()};
  auto held = batch;
  held.from = held.to = find_in(*kept, type_.name);
  if (held.from.position < batch.events.front().position)
    return {};
  return apply_in_transaction(store, target_, held);
}

auto sql_applier::apply(event_store& store, const batch_to_apply& batch) -> applied_events {
  if (batch.is_dead_letter)
    return apply_letter(store, batch);
  if (workers_.count() == 0)
    return apply_in_transaction(store, target_, batch);
  auto done = workers_.apply(store, batch);
  if (done.count == 0)
    return done;
  const auto& last = batch.events[done.count - 1];
  const auto reached =
    done.count == batch.events.size() ? batch.to : checkpoint{last.position, last.commit};
  const checkpoint_move move{
    .name = type_.name, .from = batch.from, .to = reached, .under = batch.under};
  if (auto moved = store.transact({&move, 1}, {}); !moved) {
    workers_.forget_progress();
    return {.count = 0, .stopped_by = std::move(moved.error())};
  }
  return done;
}

auto sql_applier::prepare(std::span<const recorded_event> page) const
  -> std::shared_ptr<prepared_events> {
  return workers_.count() == 0 ? gather(target_, page) : nullptr;
}

auto sql_applier::save(event_store& store, const checkpoint_move& move) -> result<> {
  if (move.to.position >= move.from.position)
    return applier::save(store, move);
  if (auto found = find_letters(store, move.to.position); !found)
    return found;
  workers_.forget_progress(); // back: workers that are ahead would pass over what is to come again
  const auto kept = store.list_checkpoints();
  if (!kept)
    return std::unexpected{kept.error()};
  const auto of_workers = sql_workers::checkpoints(*kept, {type_.name});
  std::vector<checkpoint_move> moves{move};
  for (const auto& [name, at] : of_workers)
    moves.push_back({.name = name, .from = at});
  return store.transact(moves, {});
}

// -- making tables -------------------------------------------------------------

auto sql_applier::make_tables(const sql_transaction& within, read_model_tables& tables,
                              std::uint64_t generation) const -> result<> {
  const auto names = tables.of(generation);
  sql_context sql{within, names};
  if (auto made = target_.prototype->create(sql); !made)
    return fail(errc::schema_mismatch, fmt::format("projection '{}' cannot make its tables: {}",
                                                   serving_name_, made.error().detail));
  if (const auto missing = tables.find_missing(generation))
    return fail(errc::schema_mismatch,
                fmt::format("projection '{}' lists a table that its create() does not make: {}",
                            serving_name_, *missing));
  return {};
}

auto sql_applier::begin_anew(const sql_transaction& within, read_model_tables& tables) const
  -> result<> {
  const auto old = tables.find();
  const auto made = old.next();
  if (old.serving == 0)
    if (const auto taken = tables.find_taken())
      return fail(errc::schema_mismatch,
                  fmt::format("there is a table or a view '{}' already, which is not its own: the "
                              "store's, or that of a projection of another name; list another "
                              "name, or drop what is left of that projection",
                              *taken));
  if (auto outcome = make_tables(within, tables, made); !outcome)
    return outcome;
  tables.show(made);
  tables.drop(old.serving);
  tables.keep({.serving = made, .building = old.building});
  forget_letters(within, serving_name_);
  return {};
}

auto sql_applier::begin_beside(const sql_transaction& within, read_model_tables& tables) const
  -> result<> {
  const auto old = tables.find();
  const auto made = old.next();
  tables.drop(old.building);
  if (auto outcome = make_tables(within, tables, made); !outcome)
    return outcome;
  tables.keep({.serving = old.serving, .building = made});
  forget_letters(within, building_name_);
  return {};
}

auto sql_applier::clear(event_store& store, const checkpoint_move& move) -> result<> {
  return alter_all(store, move, {type_.name}, "begin anew",
                   [this](const sql_transaction& within, read_model_tables& tables) {
                     return target_.side == side::serving ? begin_anew(within, tables)
                                                          : begin_beside(within, tables);
                   });
}

// -- rebuilding ----------------------------------------------------------------

auto sql_applier::begin_rebuild(event_store& store, const std::optional<lease_claim>& under)
  -> result<> {
  const auto kept = store.list_checkpoints();
  if (!kept)
    return std::unexpected{kept.error()};
  return alter_all(store,
                   {.name = building_name_, .from = find_in(*kept, building_name_), .under = under},
                   {building_name_}, "begin to rebuild",
                   [this](const sql_transaction& within, read_model_tables& tables) {
                     return begin_beside(within, tables);
                   });
}

auto sql_applier::find_rebuild(event_store& store) -> result<std::shared_ptr<applier>> {
  std::uint64_t building = 0;
  const auto looked = look(store, [&](const sql_transaction&, read_model_tables& tables) {
    building = tables.find().building;
    return result<>{};
  });
  if (!looked)
    return std::unexpected{looked.error()};
  if (building == 0)
    return nullptr;
  return std::make_shared<sql_applier>(target_.type, target_.prototype, workers_.count(),
                                       side::building);
}

// The new tables are brought level in transactions before the one that swaps: so one that
// reads while the swap waits for it sees, in the new tables, at least what it saw in the old.
auto sql_applier::finish_rebuild(event_store& store, const std::optional<lease_claim>& under)
  -> result<bool> {
  constexpr int most_rounds = 8;
  for (int round = 0; round < most_rounds; ++round) {
    const auto next = find_rebuild(store);
    if (!next)
      return std::unexpected{next.error()};
    if (!*next) // it was put in place already
      return true;
    const auto rebuilt = (*next)->load(store);
    const auto kept = store.list_checkpoints();
    if (!rebuilt || !kept)
      return std::unexpected{rebuilt ? kept.error() : rebuilt.error()};
    const auto to = rebuilt->value_or(checkpoint{});
    const auto from = find_in(*kept, serving_name_);
    // A read model of a log that is gone sets no goal.
    if (to.position < from.position && find_checkpoint(store, from)) {
      if (!catch_up(store, **next, to, under))
        return false;
      continue;
    }
    auto swapped = swap(store, from, to, under);
    if (swapped)
      return true;
    if (swapped.error().code != errc::version_conflict)
      return std::unexpected{std::move(swapped.error())};
  }
  return false;
}

// False when there is more to do than is to be done at once, or when anything fails: the run of
// the rebuild meets that again, and knows what to do.
auto sql_applier::catch_up(event_store& store, applier& next, checkpoint from,
                           const std::optional<lease_claim>& under) const -> bool {
  constexpr int most_pages = 4;
  const auto filter = type_.filter();
  for (int page = 0; page < most_pages; ++page) {
    const auto batch = read_batch(store, {.after = from, .filter = filter});
    if (!batch)
      return false;
    const auto to = checkpoint_at(batch->through);
    if (batch->events.empty()) {
      if (!next.save(store, {.name = building_name_, .from = from, .to = to, .under = under}))
        return false;
    } else if (next.apply(store, {.events = batch->events, .from = from, .to = to, .under = under})
                 .stopped_by) {
      return false;
    }
    if (batch->is_at_head())
      return true;
    from = to;
  }
  return false;
}

auto sql_applier::swap(event_store& store, const checkpoint& from, const checkpoint& to,
                       const std::optional<lease_claim>& under) -> result<> {
  return alter_all(
    store, {.name = serving_name_, .from = from, .to = to, .under = under},
    {serving_name_, building_name_}, "put its rebuilt read model in place",
    [this](const sql_transaction& within, read_model_tables& tables) -> result<> {
      const auto old = tables.find();
      if (old.building == 0)
        return fail(errc::version_conflict,
                    fmt::format("the rebuild of projection '{}' has ended", serving_name_));
      tables.show(old.building);
      tables.drop(old.serving);
      tables.keep({.serving = old.building});
      forget_letters(within, serving_name_);
      within.session() << "UPDATE dead_letters SET projection = :now WHERE projection = :then",
        soci::use(serving_name_), soci::use(building_name_);
      return {};
    },
    checkpoint_move{.name = building_name_, .from = to});
}

auto make_sql_applier(const sql_projection_type& type, std::shared_ptr<const sql_model> prototype,
                      partitions split) -> std::shared_ptr<applier> {
  return std::make_shared<sql_applier>(type, std::move(prototype), split.count, side::serving);
}

} // namespace eventcore::detail
