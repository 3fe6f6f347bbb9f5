#include "stream_owner.hpp"

#include "logging.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

stream_owner::~stream_owner() {
  if (node_)
    --node_->now.active_streams;
}

void stream_owner::begin(stream_id stream, router_actor router, shared_context node) {
  stream_ = std::move(stream);
  router_ = std::move(router);
  node_ = std::move(node);
  ++node_->now.active_streams;
}

// -- granting -----------------------------------------------------------------

void stream_owner::take(reserve& asked) {
  if (asked.held_as != 0)
    return give_further(asked);
  if (asked.only_if_free && (holder_ || !waiting_.empty()))
    return refuse(asked, nullptr);
  if (const auto most = node_->settings.streams.max_waiters;
      (holder_ || !waiting_.empty()) && waiting_.size() >= most)
    return refuse(
      asked, std::make_shared<const failure>(
               errc::overloaded, fmt::format("{} commands wait for stream {}, as many as "
                                             "eventcore.streams.max-waiters allows; nothing was "
                                             "written: try again later",
                                             waiting_.size(), stream_)));
  queue(asked);
  pump();
}

// Nobody goes before one that found the stream free: it holds others, and may not be made to wait.
void stream_owner::queue(reserve& asked) {
  const auto younger = [&](const reserve& other) {
    return !other.only_if_free && other.age > asked.age;
  };
  const auto at = asked.by_age ? std::ranges::find_if(waiting_, younger) : waiting_.end();
  waiting_.insert(at, std::move(asked));
}

void stream_owner::pump() {
  while (!holder_ && !waiting_.empty()) {
    if (careful_ && !undurable_.empty())
      return; // until they are settled
    if (auto wanted = missing(waiting_.front().views); !wanted.empty() || !known_)
      return load(std::move(wanted));
    grant(waiting_.front());
    waiting_.pop_front();
  }
  watch_holder();
}

void stream_owner::grant(const reserve& asked) {
  const auto now = self->clock().now();
  holder_ = {
    .who = asked.from, .ticket = asked.ticket, .grant = ++last_grant_, .base = head_, .since = now};
  give_states(asked);
}

// To the holder, who has none of these yet.
void stream_owner::give_states(const reserve& asked) {
  granted answer{.ticket = asked.ticket,
                 .grant = holder_->grant,
                 .stream = stream_actor{self},
                 .head = head_,
                 .states = {}};
  for (const auto* view : asked.views)
    answer.states.push_back(find(*view)->value);
  self->send(asked.from, std::move(answer));
}

void stream_owner::give_further(const reserve& asked) {
  const bool holds = holder_ && holder_->grant == asked.held_as && holder_->who == asked.from
                     && holder_->ticket == asked.ticket;
  if (!holds || !known_ || head_ != holder_->base)
    return refuse(asked, nullptr);
  if (auto wanted = missing(asked.views); !wanted.empty()) {
    further_ = asked;
    return load(std::move(wanted));
  }
  give_states(asked);
}

void stream_owner::refuse(const reserve& asked, std::shared_ptr<const failure> why) {
  self->send(asked.from, not_granted{.ticket = asked.ticket, .why = std::move(why)});
}

void stream_owner::take(const submitted& decided) {
  if (!holder_ || holder_->grant != decided.grant)
    return; // it had lapsed; the commit, if it comes, will show as `settled`
  const auto by = *std::exchange(holder_, std::nullopt);
  if (known_ && head_ == by.base)
    advance(decided, by);
  pump();
}

void stream_owner::take(const release& given_back) {
  if (!holder_ || holder_->grant != given_back.grant)
    return;
  end_reservation();
  pump();
}

void stream_owner::end_reservation() {
  holder_.reset();
  further_.reset();
}

void stream_owner::take(const withdraw& withdrawn) {
  if (holder_ && holder_->ticket == withdrawn.ticket && holder_->who == withdrawn.from)
    end_reservation();
  std::erase_if(waiting_, [&](const reserve& one) {
    return one.ticket == withdrawn.ticket && one.from == withdrawn.from;
  });
  pump();
}

// A timer is armed only while somebody waits, and once for many reservations.
void stream_owner::watch_holder() {
  if (watching_ || !holder_ || waiting_.empty())
    return;
  watching_ = true;
  const auto due = holder_->since + node_->settings.streams.reservation_deadline;
  const auto left = std::max(due - self->clock().now(), std::chrono::nanoseconds{0});
  self->delayed_send(self, left, sweep{});
}

void stream_owner::take(const sweep&) {
  watching_ = false;
  const auto held = node_->settings.streams.reservation_deadline;
  if (holder_ && !waiting_.empty() && self->clock().now() - holder_->since >= held) {
    end_reservation();
    log_lapsed(*node_->log, stream_, {});
    node_->watching->on_lapsed();
  }
  pump();
}

auto stream_owner::is_needed() const -> bool {
  return holder_ || !waiting_.empty() || !undurable_.empty() || !loading_.empty();
}

void stream_owner::take(const retire&) {
  const bool goes = !is_needed();
  self->send(router_, retired{.stream = stream_, .gone = goes});
  if (goes)
    self->quit();
}

void stream_owner::take(const coordinator_lost& lost) {
  if (holder_ && holder_->who.id() == lost.id)
    end_reservation();
  std::erase_if(waiting_, [&](const reserve& one) { return one.from.id() == lost.id; });
  // Nobody will say what became of what it submitted.
  if (std::ranges::any_of(undurable_, [&](const auto& one) { return one.from == lost.id; })) {
    careful_ = true;
    drop();
  }
  pump();
}

// -- what became of write sets ------------------------------------------------

void stream_owner::take(const settled& done) {
  const auto ours = std::ranges::find(
    undurable_, done.commit, [](const undurable_events& one) { return one.decision->set->commit; });
  if (done.fate == fate::durable) {
    careful_ = false;
    must_reach_ = std::max(must_reach_, done.head.version);
    if (ours != undurable_.end()) { // what it built on is durable, too
      durable_ = done.head;
      undurable_.erase(undurable_.begin(), ours + 1);
      offer_snapshots();
    } else if (known_ && done.head.version > head_.version) {
      drop();
    }
  } else {
    const bool is_news =
      done.found_elsewhere && durable_ != done.head && durable_.version <= done.head.version;
    if (is_news) {
      must_reach_ = std::max(must_reach_, done.head.version);
      careful_ = careful_ || !done.cascade;
    }
    // Such news may be old. Or the log lost its end, and no other will come.
    const bool is_behind =
      known_ && done.found_elsewhere && done.head.version < durable_.version && undurable_.empty();
    if (ours != undurable_.end() || is_news || is_behind)
      drop();
  }
  pump();
}

// -- states -------------------------------------------------------------------

auto stream_owner::find(const view_type& view) -> view_state* {
  const auto found = std::ranges::find(views_, &view, &view_state::view);
  return found == views_.end() ? nullptr : &*found;
}

auto stream_owner::missing(const views& wanted) -> views {
  views absent;
  for (const auto* view : wanted)
    if (!find(*view))
      absent.push_back(view);
  return absent;
}

void stream_owner::load(views wanted) {
  if (!loading_.empty())
    return; // one after the other: what is still missing then is asked for again
  loading_ = std::move(wanted);
  self->send(router_, load_stream{.stream = stream_,
                                  .views = loading_,
                                  .number = ++load_number_,
                                  .to = stream_actor{self}});
}

void stream_owner::take(const reader_lost&) {
  if (!loading_.empty())
    load(std::exchange(loading_, {}));
}

void stream_owner::take(stream_loaded& loaded) {
  if (loaded.number != load_number_ || loading_.empty())
    return;
  if (!loaded.states)
    fail_load(loaded.states.error());
  else if (!join(*loaded.states))
    drop();
  loading_.clear();
  if (const auto asked = std::exchange(further_, std::nullopt)) {
    if (careful_ && !missing(asked->views).empty())
      refuse(*asked, nullptr);
    else
      give_further(*asked);
  }
  pump();
}

// An owner whose load failed refuses; it never takes the stream for empty.
void stream_owner::fail_load(const failure& why) {
  const auto told = std::make_shared<const failure>(why);
  const auto wants = [&](const reserve& one) {
    return std::ranges::any_of(one.views, [&](const view_type* view) {
      return std::ranges::find(loading_, view) != loading_.end();
    });
  };
  if (further_ && wants(*further_))
    refuse(*std::exchange(further_, std::nullopt), told);
  std::erase_if(waiting_, [&](const reserve& one) {
    const bool concerned = wants(one);
    if (concerned)
      refuse(one, told);
    return concerned;
  });
}

// False when the states do not fit what is here.
auto stream_owner::join(std::vector<stream_state>& states) -> bool {
  const auto head = states.front().head;
  constexpr std::uint32_t most_short_loads = 3;
  if (head.version < must_reach_ && ++short_loads_ < most_short_loads)
    return false;
  short_loads_ = 0;
  auto first = undurable_.begin();
  if (!known_) {
    known_ = true;
    head_ = durable_ = head;
  } else if (head != durable_) {
    // Some of what was not durable may have become so meanwhile.
    first = std::ranges::find(undurable_, head, &undurable_events::head);
    if (first == undurable_.end())
      return false;
    ++first;
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    view_state added{.view = loading_[i],
                     .value = std::const_pointer_cast<void>(std::move(states[i].value)),
                     .every = node_->snapshots ? node_->snapshots->every(*loading_[i]) : 0};
    if (std::all_of(first, undurable_.end(),
                    [&](const undurable_events& events) { return fold(added, events); }))
      views_.push_back(std::move(added));
    else // That is told only of events in the log: once these are settled it is loaded again.
      careful_ = true;
  }
  return true;
}

// False when the view's code does not take the events.
auto stream_owner::fold(view_state& into, const undurable_events& events) const -> bool {
  const auto& set = *events.decision->set;
  try {
    if (into.value.use_count() > 1) // somebody still reads it
      into.value = into.view->clone(into.value.get());
    else // what others read of it is read before it is written here
      std::atomic_thread_fence(std::memory_order_acquire);
    for (std::size_t i = 0; i < set.events.size(); ++i) {
      const auto& event = set.events[i];
      if (event.stream != events.index)
        continue;
      const auto& value = events.decision->values[i];
      if (into.view->apply_value(into.value.get(), *value.type, value.value.get()))
        continue;
      // The view belongs to another type of the same kind: by the stored form.
      auto applied = into.view->apply(into.value.get(), {.stream = stream_.text(),
                                                         .commit = set.commit,
                                                         .id = event.id,
                                                         .type = event.type,
                                                         .type_version = event.type_version,
                                                         .encoding = event.encoding,
                                                         .payload = event.payload});
      if (!applied)
        return false;
    }
    return true;
  } catch (...) { // the reader says what, when the events are in the log
    return false;
  }
}

void stream_owner::advance(const submitted& decided, const holder& by) {
  const auto& set = *decided.decision->set;
  const auto count = std::ranges::count(set.events, decided.index, &new_event::stream);
  if (count == 0)
    return;
  const auto version = head_.version.value + static_cast<std::uint64_t>(count);
  undurable_events events{.decision = decided.decision,
                          .index = decided.index,
                          .from = by.who.id(),
                          .head = {{version}, set.commit}};
  // A view that cannot take them is loaded again when it is next wanted, and then says why.
  std::erase_if(views_, [&](view_state& view) { return !fold(view, events); });
  const auto before = std::exchange(head_, events.head).version;
  undurable_.push_back(std::move(events));
  choose_snapshots(before);
}

// Each time when the stream's version passes a multiple of what is between two snapshots. Until it
// is saved the state is shared, so that the next event is folded into a copy.
void stream_owner::choose_snapshots(stream_version before) {
  for (const auto& one : views_) {
    const auto waits = [&](const snapshot_candidate& other) { return other.view == one.view; };
    if (one.every > 0 && before.value / one.every != head_.version.value / one.every
        && std::ranges::none_of(candidates_, waits))
      candidates_.push_back({one.view, {head_, one.value}});
  }
}

void stream_owner::offer_snapshots() {
  std::erase_if(candidates_, [&](snapshot_candidate& one) {
    if (one.state.head.version > durable_.version)
      return false;
    node_->snapshots->offer(stream_, *one.view, std::move(one.state));
    return true;
  });
}

void stream_owner::drop() {
  known_ = false;
  views_.clear();
  candidates_.clear(); // they are of events that may never be in the log
  undurable_.clear();
  loading_.clear(); // what is being read may be older than what we have learned
  if (further_)
    refuse(*std::exchange(further_, std::nullopt), nullptr);
}

auto own_stream(stream_actor::stateful_pointer<stream_owner> self, stream_id stream,
                router_actor router, shared_context node) -> stream_actor::behavior_type {
  self->state.begin(std::move(stream), std::move(router), std::move(node));
  return {
    [self](reserve& asked) { self->state.take(asked); },
    [self](const submitted& decided) { self->state.take(decided); },
    [self](const settled& done) { self->state.take(done); },
    [self](const release& given_back) { self->state.take(given_back); },
    [self](const withdraw& withdrawn) { self->state.take(withdrawn); },
    [self](stream_loaded& loaded) { self->state.take(loaded); },
    [self](const sweep& now) { self->state.take(now); },
    [self](const retire& go) { self->state.take(go); },
    [self](const coordinator_lost& lost) { self->state.take(lost); },
    [self](const reader_lost& lost) { self->state.take(lost); },
  };
}

} // namespace eventcore::actors
