#include "awaiter.hpp"

#include "followers.hpp"
#include "reply.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <utility>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

namespace {

// Deadlines are kept so exactly, and checkpoints of other programs are looked for so often.
constexpr std::chrono::milliseconds between_sweeps{10};
constexpr std::chrono::hours longest_patience{24};

auto last_position(const executed& done) -> log_position {
  return {done.first.value + done.count - 1};
}

} // namespace

// Each reply says by itself what it knows.
awaiter_state::~awaiter_state() {
  for (auto& one : std::views::values(held_))
    std::ranges::for_each(one.watches, &watch::end);
}

void awaiter_state::watch::end() {
  if (const auto projection = on.lock(); projection && id != 0)
    projection->unwatch(std::exchange(id, 0));
}

void awaiter_state::take(hold_answer& asked) {
  const auto id = ++last_;
  const auto count = asked.done.awaited.size();
  const auto until =
    self->clock().now() + std::min<std::chrono::milliseconds>(asked.patience, longest_patience);
  const auto at = held_
                    .emplace(id, held{.asked = std::move(asked),
                                      .until = until,
                                      .open = count,
                                      .settled = std::vector<bool>(count),
                                      .watches = std::vector<watch>(count)})
                    .first;
  deadlines_.emplace(until, id);
  for (std::size_t i = 0; i < count; ++i)
    await(id, at->second, i);
  look_into_store();
  sweep_later();
}

void awaiter_state::await(answer_id id, held& one, std::size_t index) {
  const auto& wanted = one.asked.done.awaited[index].name;
  const auto position = last_position(one.asked.done);
  awaited_[wanted].who.insert({position, id, index});
  const auto here = node_->followers->find(wanted);
  if (!here)
    return;
  const auto number = here->watch(position, [to = awaiter_actor{self}, id, index](bool reached) {
    caf::anon_send(to, passed{.answer = id, .index = index, .reached = reached});
  });
  one.watches[index] = {here, number};
}

void awaiter_state::take(const passed& told) {
  if (const auto one = held_.find(told.answer); one != held_.end())
    one->second.watches[told.index] = {};
  settle(told.answer, told.index, told.reached);
}

void awaiter_state::settle(answer_id id, std::size_t index, bool reached) {
  const auto at = held_.find(id);
  if (at == held_.end() || at->second.settled[index])
    return;
  auto& one = at->second;
  one.settled[index] = true;
  one.asked.done.awaited[index].reached = reached;
  if (--one.open == 0)
    answer(at);
}

void awaiter_state::answer(held_answers::iterator one) {
  const auto id = one->first;
  const auto& awaited = one->second.asked.done.awaited;
  const auto position = last_position(one->second.asked.done);
  std::ranges::for_each(one->second.watches, &watch::end);
  for (std::size_t i = 0; i < awaited.size(); ++i)
    awaited_[awaited[i].name].who.erase({position, id, i});
  deadlines_.erase({one->second.until, id});
  auto asked = std::move(one->second.asked);
  held_.erase(one);
  asked.answer->answer(std::move(asked.done));
}

// -- what other programs run ------------------------------------------------------

auto awaiter_state::may_be_led_elsewhere(std::string_view projection) const -> bool {
  const auto here = node_->followers->find(projection);
  return !here || here->may_be_led_elsewhere();
}

void awaiter_state::look_into_store() {
  std::erase_if(awaited_, [](const auto& kept) { return kept.second.who.empty(); });
  if (readers_.empty())
    return;
  for (auto& [wanted, kept] : awaited_) {
    if (kept.asked || !may_be_led_elsewhere(wanted))
      continue;
    kept.asked = true;
    next_reader_ = (next_reader_ + 1) % readers_.size();
    self->send(readers_[next_reader_], load_checkpoint{wanted, self});
  }
}

// One that cannot be loaded is asked for again.
void awaiter_state::take(const checkpoint_loaded& loaded) {
  const auto kept = awaited_.find(loaded.name);
  if (kept == awaited_.end())
    return;
  kept->second.asked = false;
  if (!loaded.at || !*loaded.at)
    return;
  std::vector<waiting> reached;
  for (const auto& one : kept->second.who) { // in the order of positions
    if (one.position > (*loaded.at)->position)
      break;
    reached.push_back(one);
  }
  for (const auto& one : reached)
    settle(one.answer, one.index, true);
}

// What a reader was asked that died is never answered.
void awaiter_state::take(const partners& now) {
  readers_ = now.readers;
  for (auto& kept : std::views::values(awaited_))
    kept.asked = false;
}

// -- deadlines --------------------------------------------------------------------

void awaiter_state::sweep_later() {
  if (held_.empty() || std::exchange(sweeping_, true))
    return;
  self->delayed_send(self, between_sweeps, sweep{});
}

void awaiter_state::take(const sweep&) {
  sweeping_ = false;
  const auto now = self->clock().now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now)
    answer(held_.find(deadlines_.begin()->second));
  look_into_store();
  sweep_later();
}

auto awaiter(awaiter_actor::stateful_pointer<awaiter_state> self, shared_context node)
  -> awaiter_actor::behavior_type {
  self->state.begin(std::move(node));
  return {
    [self](hold_answer& asked) { self->state.take(asked); },
    [self](const passed& told) { self->state.take(told); },
    [self](const checkpoint_loaded& loaded) { self->state.take(loaded); },
    [self](const sweep& now) { self->state.take(now); },
    [self](const partners& now) { self->state.take(now); },
  };
}

} // namespace eventcore::actors
