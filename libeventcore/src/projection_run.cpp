#include "eventcore/projection_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

using std::chrono::milliseconds;

// The head is looked at so often when nothing comes, to see that the log is still the same.
constexpr milliseconds longest_wait{10'000};

} // namespace

projection_run::projection_run(const projection_type& type, projection_options options,
                               std::function<double()> random, saving how)
    : type_{type}, options_{std::move(options)}, random_{std::move(random)}, how_{how} {}

auto projection_run::start(const moment& now) -> action {
  lately_since_ = now.steady;
  query_.filter = type_.filter();
  query_.page = options_.page;
  for (auto valid : {validate_name("projection", type_.name), options_.validate(),
                     eventcore::validate(read_log{.filter = query_.filter, .page = query_.page})})
    if (!valid) {
      finish(std::unexpected{cannot("run", std::move(valid.error()))}, false);
      return end();
    }
  needs_checkpoint_ = keeps();
  if (how_ == saving::with_effects && keeps()) // so that a page is one transaction
    query_.page.events = std::min<std::size_t>(query_.page.events, options_.save_events);
  if (options_.from) {
    begin_at({options_.from->position, options_.from->commit, {}});
    needs_clearing_ = options_.from->position.value == 0 && type_.reset != nullptr;
  }
  return go_on(now);
}

// All that an answer changes is in the members; what is to be done next follows from them alone.
auto projection_run::go_on(const moment& now) -> action {
  if (ending_)
    return end();
  if (reset_to_)
    follow_reset();
  is_paused_ = pause_ && (!is_unsaved() || is_backing_off(now));
  if (is_paused_)
    return paused{};
  if (pause_)
    return save_what_is_unsaved();
  if (is_backing_off(now))
    return wait{std::chrono::ceil<std::chrono::microseconds>(*not_before_ - now.steady)};
  not_before_.reset();
  if (auto first = begin())
    return std::move(*first);
  if (letter_) {
    job_ = job::parking;
    return park{{.projection = type_.name,
                 .event = remaining().front(),
                 .why = *letter_,
                 .attempts = event_attempts_.count}};
  }
  if (is_save_due(now))
    return save_reached();
  return remaining().empty() ? read_more(now) : apply_more();
}

// What comes before the first event, or before the first one after a reset.
auto projection_run::begin() -> std::optional<action> {
  if (needs_checkpoint_)
    return load{};
  if (needs_position_)
    return find{*needs_position_};
  if (restart_)
    return move_checkpoint(job::moving, checkpoint_at(*restart_));
  if (needs_clearing_) {
    job_ = job::clearing;
    return clear{saved_};
  }
  return std::nullopt;
}

auto projection_run::apply_more() -> action {
  auto events = remaining();
  if (keeps())
    events = events.first(std::min<std::size_t>(events.size(), options_.save_events - since_save_));
  // A host that saves with the effects moves the checkpoint, which lies behind what had none.
  const auto moves = how_ == saving::with_effects && keeps();
  return apply{events, moves ? saved_ : checkpoint_at(reached_),
               checkpoint_at(reached_after(next_ + events.size()))};
}

auto projection_run::read_more(const moment& now) -> action {
  if (goal_ && reached_.position >= *goal_) {
    if (is_unsaved())
      return save_reached();
    finish({}, false);
    return end();
  }
  if (must_read_ || reached_.position < head_.position) {
    query_.after = checkpoint_at(reached_);
    return read{query_};
  }
  auto patience = longest_wait;
  if (is_unsaved())
    patience = std::min(patience, std::chrono::ceil<milliseconds>(
                                    unsaved_since_ + options_.save_interval - now.steady));
  return await{reached_.position, patience};
}

auto projection_run::save_reached() -> action {
  return move_checkpoint(job::saving, checkpoint_at(reached_));
}

// Another one moved the checkpoint, or it is not known whether this one did.
auto projection_run::save_what_is_unsaved() -> action {
  return needs_checkpoint_ ? action{load{}} : save_reached();
}

auto projection_run::move_checkpoint(job why, const checkpoint& to) -> action {
  job_ = why;
  return save{saved_, to};
}

auto projection_run::end() -> action {
  if (save_before_end_ && is_unsaved()) {
    save_before_end_ = needs_checkpoint_;
    return save_what_is_unsaved();
  }
  is_done_ = true;
  return done{*ending_};
}

auto projection_run::end_unsaved(failure why) -> action {
  if (*ending_) // else what ended the run is told
    ending_ = std::unexpected{cannot("save its checkpoint", std::move(why))};
  save_before_end_ = false;
  return end();
}

void projection_run::finish(result<> outcome, bool save_first) {
  ending_ = std::move(outcome);
  save_before_end_ = save_first;
}

// -- answers -------------------------------------------------------------------

auto projection_run::loaded(result<std::optional<checkpoint>> kept, const moment& now) -> action {
  if (!kept && ending_)
    return end_unsaved(std::move(kept.error()));
  if (!kept)
    return store_failed("load its checkpoint", std::move(kept.error()), now);
  store_attempts_ = {};
  needs_checkpoint_ = false;
  const auto at = kept->value_or(checkpoint{});
  // Loaded again because it was not known whether it was moved: as it was, or as it was to be.
  const auto is_as_known = begun_ && (at == saved_ || at == checkpoint_at(reached_));
  saved_ = at;
  if (!is_as_known) {
    begin_at({at.position, at.commit, {}});
    // Of two that begin at once, the one that comes later clears nothing of the other.
    needs_clearing_ = rebuilds_ || (!*kept && type_.reset != nullptr);
  }
  if (!is_unsaved())
    since_save_ = 0;
  begun_ = true;
  return go_on(now);
}

auto projection_run::found(result<log_head> at, const moment& now) -> action {
  if (!at)
    return store_failed("go on where it was reset to", std::move(at.error()), now);
  store_attempts_ = {};
  needs_position_.reset();
  if (keeps() && checkpoint_at(*at) != saved_)
    restart_ = *at;
  else
    begin_at(*at);
  return go_on(now);
}

auto projection_run::batch(result<log_batch> next, const moment& now) -> action {
  if (!next)
    return store_failed("read the log", std::move(next.error()), now);
  store_attempts_ = {};
  must_read_ = false;
  head_ = next->head;
  if (options_.until == run_until::head && !goal_)
    goal_ = head_.position;
  batch_ = std::move(*next);
  next_ = 0;
  reach(0, now);
  return go_on(now);
}

auto projection_run::applied(applied_events outcome, const moment& now) -> action {
  count_applied(outcome.count, now);
  if (!outcome.stopped_by)
    return go_on(now);
  auto& why = *outcome.stopped_by;
  const auto in_one = how_ == saving::with_effects && keeps();
  const auto is_of_checkpoint =
    why.code == errc::outcome_unknown || why.code == errc::version_conflict;
  if (passes(why.code) || ends_run(why.code) || (in_one && is_of_checkpoint)) {
    needs_checkpoint_ = in_one; // the database says what of it was committed
    return store_failed("apply events", std::move(why), now);
  }
  return event_failed(std::move(why), now);
}

auto projection_run::performed(result<> outcome, const moment& now) -> action {
  const auto was = std::exchange(job_, job::none);
  if (!outcome && was == job::saving && ending_)
    return end_unsaved(std::move(outcome.error()));
  if (!outcome) {
    const auto what = [&]() -> std::string_view {
      switch (was) {
      case job::clearing:
        return "begin anew";
      case job::saving:
        return "save its checkpoint";
      case job::moving:
        return "move its checkpoint";
      case job::parking:
        return "lay an event aside";
      case job::none:
        break;
      }
      return "go on";
    }();
    if (keeps() && was != job::parking) // whoever moved it, and whether this did
      needs_checkpoint_ = outcome.error().code == errc::version_conflict
                          || outcome.error().code == errc::outcome_unknown;
    return store_failed(what, std::move(outcome.error()), now);
  }
  store_attempts_ = {};
  if (was == job::saving) {
    saved_ = checkpoint_at(reached_);
    since_save_ = 0;
  } else if (was == job::moving) {
    begin_at(*std::exchange(restart_, std::nullopt));
    saved_ = checkpoint_at(reached_);
  } else if (was == job::clearing) {
    needs_clearing_ = rebuilds_ = false;
    saved_ = {};
  } else if (was == job::parking) {
    letter_.reset();
    ++parked_;
    pass_event(now);
  }
  return go_on(now);
}

auto projection_run::head_moved(result<log_head> head, const moment& now) -> action {
  if (!head)
    return store_failed("wait for the log", std::move(head.error()), now);
  store_attempts_ = {};
  head_ = *head;
  // A head that is not beyond what was reached must be it; reading tells what is wrong else.
  must_read_ = checkpoint_at(head_) != checkpoint_at(reached_);
  return go_on(now);
}

auto projection_run::woke(const moment& now) -> action {
  not_before_.reset();
  return go_on(now);
}

auto projection_run::requested(const moment& now) -> action { return go_on(now); }

// -- requests ------------------------------------------------------------------

void projection_run::stop() {
  if (!ending_)
    finish({}, true);
}

void projection_run::reset(log_position to) {
  reset_to_ = to;
  rebuild_ = false;
}

auto projection_run::rebuild() -> result<> {
  if (!type_.reset)
    return fail(errc::invalid_argument,
                fmt::format("projection '{}' cannot be rebuilt: it has no reset(), which empties "
                            "what it made before",
                            type_.name));
  reset_to_ = log_position{};
  rebuild_ = true;
  return {};
}

auto projection_run::unfinished_reset() const -> std::optional<asked_reset> {
  if (reset_to_)
    return asked_reset{*reset_to_, rebuild_};
  if (needs_position_)
    return asked_reset{*needs_position_, rebuilds_};
  if (restart_)
    return asked_reset{restart_->position, rebuilds_};
  if (rebuilds_)
    return asked_reset{{}, true};
  return std::nullopt;
}

void projection_run::reload() { needs_checkpoint_ = keeps(); }

void projection_run::follow_reset() {
  restart_.reset();
  needs_position_ = std::exchange(reset_to_, std::nullopt);
  rebuilds_ = std::exchange(rebuild_, false);
  needs_clearing_ = rebuilds_ || needs_clearing_;
  letter_.reset();
  not_before_.reset();
  event_attempts_ = {};
}

// -- progress ------------------------------------------------------------------

void projection_run::begin_at(const log_head& at) {
  reached_ = at;
  must_read_ = true;
  since_save_ = 0;
  batch_ = {};
  next_ = 0;
}

auto projection_run::remaining() const -> std::span<const recorded_event> {
  return std::span{batch_.events}.subspan(next_);
}

auto projection_run::reached_after(std::size_t count) const -> log_head {
  if (count == batch_.events.size())
    return batch_.through;
  if (count == 0)
    return reached_;
  const auto& last = batch_.events[count - 1];
  return {last.position, last.commit, last.recorded_at};
}

// The next `count` events of the batch are done, one way or another.
void projection_run::reach(std::size_t count, const moment& now) {
  const auto was_unsaved = is_unsaved();
  next_ += count;
  reached_ = reached_after(next_);
  if (!was_unsaved)
    unsaved_since_ = now.steady;
  if (next_ == batch_.events.size()) { // its memory is not held while waiting
    batch_ = {};
    next_ = 0;
  }
}

void projection_run::count_applied(std::size_t count, const moment& now) {
  if (count == 0)
    return;
  reach(count, now);
  event_attempts_ = {};
  store_attempts_ = {};
  applied_ += count;
  lately_ += count;
  if (const std::chrono::duration<double> passed = now.steady - lately_since_;
      passed.count() >= 1) {
    rate_ = static_cast<double>(std::exchange(lately_, 0)) / passed.count();
    lately_since_ = now.steady;
  }
  if (how_ == saving::with_effects)
    saved_ = checkpoint_at(reached_);
  else
    since_save_ += count;
}

void projection_run::pass_event(const moment& now) {
  reach(1, now);
  event_attempts_ = {};
}

auto projection_run::is_save_due(const moment& now) const -> bool {
  return is_unsaved()
         && (since_save_ >= options_.save_events
             || now.steady - unsaved_since_ >= options_.save_interval);
}

auto projection_run::is_backing_off(const moment& now) const -> bool {
  return not_before_ && now.steady < *not_before_;
}

} // namespace eventcore
