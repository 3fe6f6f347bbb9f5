#include "projection_driver.hpp"

#include "system_environment.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace eventcore {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A paused run hears of requests from its owner.
constexpr milliseconds longest_pause{1'000};

// Applying a batch is interrupted after this part of the takeover time, so that the lease is renewed
// in its term.
constexpr int part_of_takeover = 4;

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

auto with_store_as_park(event_store& store, projection_options options) -> projection_options {
  if (!options.park)
    options.park = [&store](const dead_letter& letter) { return store.park(letter); };
  return options;
}

} // namespace

projection_driver::projection_driver(event_store& store, std::shared_ptr<applier> into,
                                     const projection_options& options, const environment& around)
    : store_{store}, into_{std::move(into)}, options_{with_store_as_park(store, options)},
      around_{around},
      run_{into_->type(), options_, around.random ? around.random : system_random, into_->saves()},
      began_{options_.from.value_or(checkpoint{}).position}, ahead_{store, *into_} {}

auto projection_driver::now() const -> moment {
  return around_.now ? around_.now() : system_moment();
}

// Between two events, where the wall clock is not worth its time.
auto projection_driver::steady_now() const -> std::chrono::steady_clock::time_point {
  return around_.now ? around_.now().steady : std::chrono::steady_clock::now();
}

auto projection_driver::step(const std::optional<lease_claim>& under) -> projection_host::next {
  under_ = under;
  if (next_)
    next_ = std::visit([this](const auto& wanted) { return perform(wanted); }, *next_);
  else
    next_ = run_.start(now());
  const auto rest = [this](microseconds at_most, std::optional<log_position> known) {
    woken_at_ = now().steady + at_most;
    return projection_host::rest{at_most, known};
  };
  return std::visit(
    overloaded{[&](const projection_run::wait& wait) -> projection_host::next {
                 return rest(wait.delay, std::nullopt);
               },
               [&](const projection_run::await& await) -> projection_host::next {
                 return rest(await.patience, await.known);
               },
               [&](const projection_run::paused&) -> projection_host::next {
                 return rest(longest_pause, std::nullopt);
               },
               [&](const projection_run::done& done) -> projection_host::next {
                 ahead_.end(); // who hears of the end may let go of what a projection points to
                 if (done.outcome)
                   return projection_host::ended{status()};
                 return projection_host::ended{std::unexpected{done.outcome.error()}};
               },
               [](const auto&) -> projection_host::next { return projection_host::again{}; }},
    *next_);
}

auto projection_driver::retry(const parked_event& letter, const std::optional<lease_claim>& under)
  -> result<> {
  const auto reached = run_.status(now()).reached;
  if (letter.position > reached.position) // its event comes in its turn
    return {};
  if (came_in_turn(letter.position)) {
    const auto dropped = store_.drop_dead_letter(into_->type().name, letter.position);
    return dropped ? result<>{} : std::unexpected{dropped.error()};
  }
  const auto page = store_.read(read_log{.after = {letter.position.value - 1},
                                         .before = {letter.position.value + 1},
                                         .page = {.events = 1}});
  if (!page)
    return std::unexpected{page.error()};
  if (page->events.empty()) // the log was replaced, which the run notices
    return {};
  auto applied = into_->apply(store_, {.events = page->events,
                                       .from = reached,
                                       .to = reached,
                                       .under = under,
                                       .is_dead_letter = true});
  if (!applied.stopped_by)
    return {};
  if (!detail::is_of_event(applied.stopped_by->code)) // it keeps its mark
    return std::unexpected{std::move(*applied.stopped_by)};
  return store_.park({.projection = into_->type().name,
                      .event = page->events.front(),
                      .why = std::move(*applied.stopped_by),
                      .attempts = letter.attempts + 1});
}

// Then it would count twice. One that saves with the effects forgets the letter with them.
auto projection_driver::came_in_turn(log_position event) const -> bool {
  return into_->saves() == projection_run::saving::apart && event > began_
         && !laid_aside_.contains(event);
}

auto projection_driver::move(const checkpoint& from, const checkpoint& to) const
  -> checkpoint_move {
  return {.name = into_->type().name, .from = from, .to = to, .under = under_};
}

auto projection_driver::perform(const projection_run::load&) -> action {
  auto kept = into_->load(store_);
  // What is in memory holds what this run has met, whatever is loaded once more.
  if (kept && (into_->is_shared() || !loaded_))
    begin_after(kept->value_or(checkpoint{}).position);
  loaded_ = loaded_ || kept;
  return run_.loaded(std::move(kept), now());
}

auto projection_driver::perform(const projection_run::find& find) -> action {
  auto found = find_position(store_, find.at);
  if (found)
    begin_after(std::min(began_, find.at));
  return run_.found(std::move(found), now());
}

void projection_driver::begin_after(log_position position) {
  began_ = position;
  laid_aside_.erase(laid_aside_.upper_bound(position), laid_aside_.end());
}

auto projection_driver::perform(const projection_run::clear& clear) -> action {
  auto cleared = into_->clear(store_, move(clear.from, {}));
  if (cleared)
    cleared = forget_letters();
  return run_.performed(std::move(cleared), now());
}

// Their events come again, and would count twice if a letter was tried again, too.
auto projection_driver::forget_letters() -> result<> {
  constexpr std::size_t at_a_time = 100;
  if (!into_->is_shared() || options_.from)
    return {};
  const auto name = into_->type().name;
  for (;;) {
    const auto letters = store_.list_dead_letters({.projection = name, .limit = at_a_time});
    if (!letters)
      return std::unexpected{letters.error()};
    for (const auto& letter : *letters)
      if (auto dropped = store_.drop_dead_letter(name, letter.position); !dropped)
        return std::unexpected{std::move(dropped.error())};
    if (letters->size() < at_a_time)
      return {};
  }
}

auto projection_driver::perform(const projection_run::read& read) -> action {
  auto batch = take_batch(read.query);
  if (batch)
    read_ahead(read.query, *batch);
  return run_.batch(std::move(batch), now());
}

auto projection_driver::take_batch(const batch_query& query) -> result<log_batch> {
  prepared_.reset();
  auto page = ahead_.take(query.after);
  if (!page)
    return read_batch(store_, query);
  prepared_ = std::move(page->prepared);
  return std::move(page->batch);
}

// Not at the head: what comes next is not there yet.
void projection_driver::read_ahead(batch_query query, const log_batch& before) {
  if (before.is_at_head())
    return ahead_.end();
  if (!options_.read_ahead || into_->saves() == projection_run::saving::apart)
    return;
  query.after = checkpoint_at(before.through);
  ahead_.begin(std::move(query));
}

auto projection_driver::perform(const projection_run::apply& apply) -> action {
  batch_to_apply batch{.events = apply.events,
                       .from = apply.from,
                       .to = apply.reached,
                       .under = under_,
                       .prepared = prepared_};
  if (under_)
    batch.is_late = [this, latest = steady_now() + options_.takeover / part_of_takeover] {
      return steady_now() >= latest;
    };
  auto applied = into_->apply(store_, batch);
  return run_.applied(std::move(applied), now());
}

auto projection_driver::perform(const projection_run::save& save) -> action {
  auto saved = into_->save(store_, move(save.from, save.reached));
  return run_.performed(std::move(saved), now());
}

auto projection_driver::perform(const projection_run::park& park) -> action {
  auto parked = options_.park(park.letter);
  if (parked && into_->saves() == projection_run::saving::apart)
    laid_aside_.insert(park.letter.event.position);
  return run_.performed(std::move(parked), now());
}

// Of the three that rest: this is called when the owner comes back, early if there is a request.
auto projection_driver::perform(const projection_run::wait&) -> action {
  const auto time = now();
  return time.steady >= woken_at_ ? run_.woke(time) : run_.requested(time);
}

auto projection_driver::perform(const projection_run::await& await) -> action {
  auto head = store_.await(await.known, milliseconds{0});
  return run_.head_moved(std::move(head), now());
}

auto projection_driver::perform(const projection_run::paused&) -> action {
  return run_.requested(now());
}

auto projection_driver::perform(const projection_run::done& done) -> action { return done; }

} // namespace eventcore
