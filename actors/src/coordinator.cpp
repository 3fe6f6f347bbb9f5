#include "coordinator.hpp"

#include "answer_to.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

namespace {

constexpr std::uint64_t slot_bits = 24;
constexpr std::uint64_t slot_mask = (1ULL << slot_bits) - 1;

auto has_events(const write_set& set, std::uint32_t index) -> bool {
  return std::ranges::find(set.events, index, &new_event::stream) != set.events.end();
}

auto index_of(const write_set& set, const stream_id& stream) -> std::optional<std::uint32_t> {
  const auto found = std::ranges::lower_bound(set.reads, stream, {}, &expectation::stream);
  if (found == set.reads.end() || found->stream != stream)
    return std::nullopt;
  return static_cast<std::uint32_t>(found - set.reads.begin());
}

} // namespace

coordinator_state::~coordinator_state() {
  for (const auto& one : commands_) {
    if (!one->decision)
      continue;
    if (!one->decision->withdraw())
      one->answer->otherwise(errc::outcome_unknown);
    leave_queue_of_log_writer(*one->decision);
  }
}

void coordinator_state::begin(router_actor router, log_writer_actor log_writer,
                              shared_context node) {
  router_ = std::move(router);
  log_writer_ = std::move(log_writer);
  node_ = std::move(node);
  head_ = {node_->now.head.load()};
}

// -- one command --------------------------------------------------------------

auto coordinator_state::take(execute_command& asked) -> caf::result<executed> {
  auto promise = self->make_response_promise<executed>();
  if (const auto entered = node_->gate->enter(); !entered) {
    promise.deliver(to_error(entered.error()));
    return promise;
  }
  caf::response_promise& asked_by = promise;
  auto deliver = answer_to(asked_by, caf::actor_cast<caf::strong_actor_ptr>(self));
  run_command run{.command = std::move(asked.command),
                  .options =
                    asked.options ? std::move(*asked.options) : node_->settings.command_defaults(),
                  .answer = std::make_shared<reply>(node_->gate, std::move(deliver))};
  take(run);
  return promise;
}

void coordinator_state::take(run_command& asked) {
  auto& one = open(asked);
  watch_deadlines();
  perform(one, one.run->start(now()));
}

void coordinator_state::perform(in_flight& one, execution::action next) {
  for (;;) {
    if (auto* load = std::get_if<execution::load>(&next))
      return begin_reserving(one, std::move(load->wanted));
    if (auto* decided = std::get_if<execution::append>(&next)) {
      auto instead = submit(one, *decided);
      if (!instead)
        return;
      next = std::move(*instead);
    } else if (const auto* wait = std::get_if<execution::wait>(&next)) {
      give_back(one);
      one.phase = phase::waiting;
      renew_ticket(one);
      self->delayed_send(self, wait->delay, wake{one.ticket});
      return;
    } else {
      give_back(one);
      return finish(one, std::move(std::get<execution::done>(next).outcome));
    }
  }
}

// What to do instead when there is no room for it.
auto coordinator_state::submit(in_flight& one, execution::append& decided)
  -> std::optional<execution::action> {
  auto decision =
    std::make_shared<submission>(std::move(decided.set), std::move(decided.values), head_);
  const auto most = node_->settings.commands.max_bytes;
  if (const auto queued = node_->now.queued_bytes.load(std::memory_order_relaxed);
      queued > 0 && queued + decision->bytes > most)
    return one.run->withdrawn(
      {errc::overloaded, fmt::format("{} bytes of events wait for the store, and {} more would be "
                                     "above eventcore.commands.max-bytes ({}); nothing was "
                                     "written: try again later",
                                     queued, decision->bytes, most)});
  node_->now.queued_bytes += decision->bytes;
  ++node_->now.queued_write_sets;
  one.phase = phase::appending;
  one.decision = std::move(decision);
  one.decided_as = ++decisions_;
  self->send(log_writer_, append{.decision = one.decision, .ticket = one.ticket, .from = self});
  // Only now: who is granted a stream next appends after us.
  const auto& set = *one.decision->set;
  const auto unneeded = std::ranges::remove_if(one.held, [&](const held_stream& held) {
    const auto index = index_of(set, held.stream);
    if (index)
      self->send(held.owner,
                 submitted{.grant = held.grant, .decision = one.decision, .index = *index});
    else // known from an earlier attempt, and not needed in this
      self->send(held.owner, release{held.grant});
    return !index;
  });
  one.held.erase(unneeded.begin(), unneeded.end());
  return std::nullopt;
}

void coordinator_state::take(appended& ended) {
  head_ = std::max(head_, ended.head);
  for (auto& [ticket, became, cascade] : ended.outcomes) {
    auto* one = find(ticket);
    if (!one || one->phase != phase::appending)
      continue;
    settle(*one, became, cascade);
    if (one->answer->is_answered()) { // at its deadline
      close(*one);
      continue;
    }
    one->by_age = cascade;
    if (cascade)
      node_->watching->on(command_retried{.command = one->run->command().name(), .cascade = true});
    perform(*one, one->run->appended(std::move(became), now(), cascade));
  }
}

void coordinator_state::take(const wake& due) {
  if (auto* one = find(due.ticket); one && one->phase == phase::waiting)
    perform(*one, one->run->woke(now()));
}

void coordinator_state::finish(in_flight& one, result<executed> outcome) {
  report(one, outcome);
  const auto answer = std::move(one.answer);
  const auto awaited = std::move(one.await);
  const auto patience = one.await_deadline;
  close(one);
  if (!outcome || awaited.empty())
    return answer->answer(std::move(outcome));
  const bool wrote_nothing = outcome->count == 0;
  for (const auto& projection : awaited)
    outcome->awaited.push_back({.name = projection, .reached = wrote_nothing});
  if (wrote_nothing)
    return answer->answer(std::move(outcome));
  answer->otherwise(*outcome);
  self->send(awaiter_, hold_answer{std::move(*outcome), patience, answer});
}

void coordinator_state::report(const in_flight& one, const result<executed>& outcome) const {
  command_ended ended{.command = one.run->command().name(),
                      .attempts = one.run->attempts(),
                      .took = self->clock().now() - one.began};
  if (outcome)
    ended.repeated = outcome->repeated;
  else
    ended.failed = outcome.error().code;
  node_->watching->on(ended);
}

// -- its streams --------------------------------------------------------------

void coordinator_state::begin_reserving(in_flight& one, std::vector<wanted_state> wanted) {
  if (one.held.empty())
    renew_ticket(one);
  one.phase = phase::reserving;
  one.wanted = std::move(wanted);
  one.states.clear();
  reserve_next(one);
}

void coordinator_state::reserve_next(in_flight& one) {
  const auto first = one.states.size();
  if (first == one.wanted.size())
    return perform(one, one.run->loaded(std::move(one.states), now()));
  const auto& stream = one.wanted[first].stream;
  reserve asked{.stream = stream,
                .views = {},
                .ticket = one.ticket,
                .from = self,
                .age = one.began,
                .only_if_free = !one.held.empty() && stream < one.held.back().stream,
                .by_age = one.by_age};
  for (auto i = first; i < one.wanted.size() && one.wanted[i].stream == stream; ++i)
    asked.views.push_back(one.wanted[i].view);
  if (const auto held = std::ranges::find(one.held, stream, &held_stream::stream);
      held != one.held.end())
    asked.held_as = held->grant;
  one.asked = self->clock().now();
  self->send(router_, std::move(asked));
}

void coordinator_state::take(granted& reserved) {
  auto* one = find(reserved.ticket);
  if (!one || one->phase != phase::reserving)
    return self->send(reserved.stream, release{reserved.grant});
  node_->watching->on_reserved(self->clock().now() - one->asked);
  const auto& stream = one->wanted[one->states.size()].stream;
  const auto at = std::ranges::lower_bound(one->held, stream, {}, &held_stream::stream);
  if (at == one->held.end() || at->stream != stream) {
    one->held.insert(
      at, {.stream = stream, .owner = std::move(reserved.stream), .grant = reserved.grant});
  } else if (at->owner != reserved.stream || at->grant != reserved.grant) { // a new owner's
    self->send(reserved.stream, release{reserved.grant});
    give_back(*one);
    return perform(*one, one->run->gave_up());
  }
  for (auto& state : reserved.states)
    one->states.push_back({reserved.head, std::move(state)});
  reserved.states.clear();
  reserve_next(*one);
}

void coordinator_state::take(const not_granted& refused) {
  auto* one = find(refused.ticket);
  if (!one || one->phase != phase::reserving)
    return;
  give_back(*one);
  perform(*one, refused.why ? one->run->load_failed(*refused.why, now()) : one->run->gave_up());
}

void coordinator_state::leave_queue_of_stream(in_flight& one) {
  if (one.phase == phase::reserving && one.states.size() < one.wanted.size())
    self->send(
      router_,
      withdraw{.stream = one.wanted[one.states.size()].stream, .ticket = one.ticket, .from = self});
}

void coordinator_state::give_back(in_flight& one) {
  one.states.clear();
  for (const auto& held : one.held)
    self->send(held.owner, release{held.grant});
  one.held.clear();
}

void coordinator_state::leave_queue_of_log_writer(const submission& decision) {
  node_->now.queued_bytes -= decision.bytes;
  --node_->now.queued_write_sets;
}

void coordinator_state::settle(in_flight& one, const append_outcome& became, bool cascade) {
  const auto decision = std::exchange(one.decision, nullptr);
  leave_queue_of_log_writer(*decision);
  const auto& set = *decision->set;
  const auto* done = std::get_if<committed>(&became);
  const auto* conflict = std::get_if<refused>(&became);
  for (const auto& held : one.held) {
    settled told{.commit = set.commit, .fate = fate::lost, .cascade = cascade};
    const bool wrote = has_events(set, *index_of(set, held.stream));
    if (done) {
      if (!wrote)
        continue;
      told.fate = fate::durable;
      const auto written = std::ranges::find(done->streams, held.stream, &written_stream::stream);
      told.head = {written->version, set.commit};
    } else if (conflict) {
      told.fate = fate::refused;
      const auto found = std::ranges::find(conflict->streams, held.stream, &mismatch::stream);
      told.found_elsewhere = found != conflict->streams.end();
      if (told.found_elsewhere)
        told.head = found->found;
      else if (!wrote)
        continue;
    } else if (!wrote) {
      continue;
    }
    if (done)
      self->send(held.owner, told);
    else // the owner that granted it may have died, and another one have loaded what is no more
      self->send(router_, settled_elsewhere{.stream = held.stream, .what = told});
  }
  one.held.clear();
}

// -- all commands -------------------------------------------------------------

auto coordinator_state::open(run_command& asked) -> in_flight& {
  if (free_.empty()) {
    free_.push_back(commands_.size());
    commands_.push_back(std::make_unique<in_flight>());
    commands_.back()->slot = free_.back();
  }
  auto& one = *commands_[free_.back()];
  free_.pop_back();
  one.began = self->clock().now();
  one.deadline = asked.options.command_deadline;
  one.await = std::move(asked.options.await);
  one.await_deadline = asked.options.await_deadline;
  one.answer = std::move(asked.answer);
  auto& on_retry = asked.options.retry.on_retry;
  if (on_retry)
    on_retry = [node = node_.get(), users = std::move(on_retry)](const retry& again) {
      note_retry(*node, again);
      users(again);
    };
  else
    on_retry = [node = node_.get()](const retry& again) { note_retry(*node, again); };
  one.run.emplace(std::move(asked.command), std::move(asked.options), *node_->ids, node_->random,
                  execution::keep::values_too);
  renew_ticket(one);
  return one;
}

auto coordinator_state::find(ticket_number ticket) -> in_flight* {
  const auto slot = static_cast<std::size_t>(ticket & slot_mask);
  if (slot >= commands_.size() || commands_[slot]->ticket != ticket)
    return nullptr;
  return commands_[slot].get();
}

void coordinator_state::renew_ticket(in_flight& one) {
  one.ticket = (++tickets_ << slot_bits) | one.slot;
}

void coordinator_state::close(in_flight& one) {
  one.ticket = 0;
  one.run.reset();
  one.answer.reset();
  one.by_age = false;
  one.await.clear();
  one.wanted.clear();
  one.states.clear();
  free_.push_back(one.slot);
}

auto coordinator_state::now() const -> moment {
  return {.wall = node_->wall_clock(), .steady = self->clock().now()};
}

auto coordinator(coordinator_actor::stateful_pointer<coordinator_state> self, router_actor router,
                 log_writer_actor log_writer, shared_context node)
  -> coordinator_actor::behavior_type {
  self->state.begin(std::move(router), std::move(log_writer), std::move(node));
  return {
    [self](granted& reserved) { self->state.take(reserved); },
    [self](appended& ended) { self->state.take(ended); },
    [self](run_command& asked) { self->state.take(asked); },
    [self](const not_granted& refused) { self->state.take(refused); },
    [self](const wake& due) { self->state.take(due); },
    [self](const sweep& now) { self->state.take(now); },
    [self](const stream_lost& lost) { self->state.take(lost); },
    [self](const partners& now_there) { self->state.take(now_there); },
    [self](execute_command& asked) { return self->state.take(asked); },
  };
}

} // namespace eventcore::actors
