#include "sql_effects.hpp"

#include "read_model_tables.hpp"

#include <utility>

#include <fmt/format.h>
#include <soci/soci.h>

namespace eventcore::detail {

namespace {

/// What a copy of the projection has gathered, to be written once.
class gathered_events final : public prepared_events {
public:
  gathered_events(std::span<const recorded_event> of, std::unique_ptr<sql_model> model)
      : of_{of}, model_{std::move(model)} {}

  /// The copy; null when it was taken, or gathered other events than all of these.
  auto take(std::span<const recorded_event> events) -> std::unique_ptr<sql_model> {
    const auto same = events.data() == of_.data() && events.size() == of_.size();
    return same ? std::move(model_) : nullptr;
  }

private:
  std::span<const recorded_event> of_;
  std::unique_ptr<sql_model> model_;
};

/// How one transaction ended.
struct attempt {
  enum class fault : std::uint8_t {
    none = 1,
    event,  ///< that of the event after `count`
    events, ///< of one of the events, or all
    other,
  };

  fault of = fault::none;
  std::size_t count = 0;
  std::optional<failure> why{};
};

auto checkpoint_of(const recorded_event& last) -> checkpoint {
  return {last.position, last.commit};
}

// From the store these say that the checkpoint was moved, or may have been. From the projection,
// maybe by a command that it executed, they say that it cannot take an event.
void tell_from_stores(failure& of_projection) {
  if (of_projection.code == errc::version_conflict || of_projection.code == errc::outcome_unknown)
    of_projection.code = errc::handler_failed;
}

// False when it is gone: it was tried again or dropped meanwhile.
auto forget_letter(const sql_transaction& within, std::string_view projection, log_position at)
  -> bool {
  const std::string name{projection};
  const auto position = static_cast<long long>(at.value);
  soci::statement forget = (within.session().prepare << "DELETE FROM dead_letters "
                                                        "WHERE projection = :p AND position = :at",
                            soci::use(name), soci::use(position));
  forget.execute(true);
  return forget.get_affected_rows() > 0;
}

/// One transaction, which may be done several times when the database asks for that.
class one_transaction {
public:
  one_transaction(const sql_target& target, const batch_to_apply& batch)
      : target_{target}, batch_{batch} {}

  auto run(event_store& store) -> attempt {
    const checkpoint_move move{
      .name = target_.checkpoint, .from = batch_.from, .to = batch_.to, .under = batch_.under};
    auto done = store.transact({&move, 1}, [this](transaction& within) { return work(within); });
    if (done)
      return {};
    return judge(std::move(done.error()));
  }

private:
  enum class stage : std::uint8_t { before = 1, preparing, applying, writing, after };

  auto work(transaction& within) -> result<> {
    at_ = stage::preparing;
    applied_ = {};
    wrote_ = {};
    const auto ours = sql_transaction::of(within);
    if (!ours)
      return std::unexpected{ours.error()};
    const auto tables = find_tables(**ours);
    if (!tables)
      return std::unexpected{tables.error()};
    if (batch_.is_dead_letter
        && !forget_letter(**ours, target_.letters, batch_.events.front().position))
      return {};
    for (const auto& event : batch_.events)
      if (!batch_.is_dead_letter && event.position <= target_.letters_until)
        static_cast<void>(forget_letter(**ours, target_.letters, event.position));
    sql_context sql{**ours, *tables};
    return apply(sql);
  }

  auto find_tables(const sql_transaction& within) const -> result<sql_tables> {
    read_model_tables tables{within, target_.type.events->name, target_.type.tables};
    const auto there = target_.is_part ? tables.hold() : tables.find();
    if (target_.side == side::building && there.building == 0)
      return fail(errc::version_conflict, fmt::format("the rebuild of projection '{}' has ended",
                                                      target_.type.events->name));
    if (there.serving == 0 && target_.side == side::serving)
      return fail(errc::schema_mismatch,
                  fmt::format("the database knows no tables of projection '{}'; forget its "
                              "checkpoint '{}', so that it begins anew",
                              target_.type.events->name, target_.checkpoint));
    return tables.of(target_.side == side::serving ? there.serving : there.building);
  }

  auto apply(sql_context& sql) -> result<> {
    at_ = stage::applying;
    auto model = take_gathered();
    if (model) {
      applied_ = {.count = batch_.events.size()};
    } else {
      model = target_.prototype->copy();
      applied_ = model->apply(batch_.events, &sql);
    }
    if (const auto& thrown = sql.database_exception()) // whatever became of it
      std::rethrow_exception(thrown);
    if (applied_.stopped_by)
      return std::unexpected{*applied_.stopped_by};
    at_ = stage::writing;
    wrote_ = model->write(sql);
    if (wrote_)
      at_ = stage::after;
    return wrote_;
  }

  auto take_gathered() const -> std::unique_ptr<sql_model> {
    auto* gathered = dynamic_cast<gathered_events*>(batch_.prepared.get());
    return gathered ? gathered->take(batch_.events) : nullptr;
  }

  // `why` is what the store says: the user's own failure, the database's words, or what is wrong
  // with the store.
  auto judge(failure why) -> attempt {
    using enum attempt::fault;
    if (applied_.stopped_by && applied_.stopped_by->code == why.code) {
      tell_from_stores(*applied_.stopped_by);
      return {event, applied_.count, std::move(applied_.stopped_by)};
    }
    if (!wrote_ && wrote_.error().code == why.code)
      tell_from_stores(why);
    if (at_ == stage::preparing && why.code == errc::handler_failed)
      why = {errc::schema_mismatch,
             fmt::format("the tables that projection '{}' needs cannot be used: {}",
                         target_.type.events->name, why.detail)};
    const bool is_theirs =
      why.code == errc::handler_failed || (!wrote_ && wrote_.error().code == why.code);
    if (is_theirs && at_ != stage::before && is_of_event(why.code))
      return {events, 0, std::move(why)};
    return {other, 0, std::move(why)};
  }

  const sql_target& target_;
  const batch_to_apply& batch_;
  stage at_ = stage::before;
  applied_events applied_;
  result<> wrote_;
};

auto first(const batch_to_apply& batch, std::size_t count) -> batch_to_apply {
  auto part = batch;
  part.events = batch.events.first(count);
  part.to = checkpoint_of(part.events.back());
  return part;
}

auto rest(const batch_to_apply& batch, std::size_t count) -> batch_to_apply {
  auto part = batch;
  part.events = batch.events.subspan(count);
  part.from = checkpoint_of(batch.events[count - 1]);
  return part;
}

auto blame(const sql_target& target, const recorded_event& event, const failure& why) -> failure {
  return cannot_take(target.type.events->name, event, why.code, why.detail);
}

auto halve(event_store& store, const sql_target& target, const batch_to_apply& batch)
  -> applied_events {
  const auto middle = batch.events.size() / 2;
  auto done = apply_in_transaction(store, target, first(batch, middle));
  if (done.stopped_by)
    return done;
  auto more = apply_in_transaction(store, target, rest(batch, middle));
  return {.count = middle + more.count, .stopped_by = std::move(more.stopped_by)};
}

} // namespace

auto gather(const sql_target& target, std::span<const recorded_event> events)
  -> std::shared_ptr<prepared_events> {
  if (target.prototype->applies_sql())
    return nullptr;
  auto model = target.prototype->copy();
  if (model->apply(events, nullptr).stopped_by)
    return nullptr;
  return std::make_shared<gathered_events>(events, std::move(model));
}

auto apply_in_transaction(event_store& store, const sql_target& target, const batch_to_apply& batch)
  -> applied_events {
  auto met = one_transaction{target, batch}.run(store);
  switch (met.of) {
  case attempt::fault::none:
    return {.count = batch.events.size()};
  case attempt::fault::event:
    if (met.count > 0)
      if (auto before = apply_in_transaction(store, target, first(batch, met.count));
          before.stopped_by)
        return before;
    return {.count = met.count, .stopped_by = std::move(met.why)};
  case attempt::fault::events:
    if (batch.events.size() > 1)
      return halve(store, target, batch);
    if (batch.events.size() == 1)
      met.why = blame(target, batch.events.front(), *met.why);
    break;
  case attempt::fault::other:
    break;
  }
  return {.count = 0, .stopped_by = std::move(met.why)};
}

} // namespace eventcore::detail
