#include "log_writer.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

namespace {

constexpr std::chrono::milliseconds first_backoff{10};
constexpr std::size_t most_uncommitted = 65'536;

} // namespace

// -- commits that are not in the log ------------------------------------------

auto log_writer_state::uncommitted::hash::operator()(const commit_id& id) const noexcept
  -> std::size_t {
  std::size_t bits = 0; // the id is random; ids that count do so at their end
  std::memcpy(&bits, id.bytes.data() + id.bytes.size() - sizeof bits, sizeof bits);
  return bits;
}

void log_writer_state::uncommitted::add(const submission& decision) {
  if (decision.set->events.empty())
    return;
  if (!ids_.insert(decision.set->commit).second)
    return;
  in_order_.push_back(decision.set->commit);
  if (in_order_.size() > most_uncommitted) {
    ids_.erase(in_order_.front());
    in_order_.pop_front();
  }
}

auto log_writer_state::uncommitted::caused(const refused& refusal) const -> bool {
  return std::ranges::any_of(
    refusal.streams, [&](const mismatch& stream) { return ids_.contains(stream.expected.commit); });
}

// -- the queue ----------------------------------------------------------------

void log_writer_state::begin(shared_context node) {
  node_ = std::move(node);
  head_ = {node_->now.head.load()};
}

void log_writer_state::take(append& asked) {
  if (asked.uncertain)
    uncertain_.push_back(std::move(asked));
  else
    queue_.push_back(std::move(asked));
  flush_soon();
}

// It comes behind all that is in the mailbox by now, which so becomes one batch.
void log_writer_state::flush_soon() {
  if (flush_comes_)
    return;
  flush_comes_ = true;
  self->send(self, flush{});
}

void log_writer_state::try_again_later() {
  const auto most = node_->settings.log_writer.max_backoff;
  flush_comes_ = true;
  self->delayed_send(self, backoff_, flush{});
  backoff_ = std::min(backoff_ * 2, most);
}

void log_writer_state::take(const flush&) {
  flush_comes_ = false;
  if (!look_up())
    drop_withdrawn();
  else if (auto batch = next_batch(); !batch.empty())
    commit(std::move(batch));
  send_outcomes();
  if (backoff_.count() > 0 && queue_.empty() && uncertain_.empty())
    probe();
  if (backoff_.count() > 0)
    try_again_later();
  else if (!queue_.empty() || !uncertain_.empty())
    flush_soon();
}

// All that waited was withdrawn: nothing else would show that the store is back.
void log_writer_state::probe() {
  if (!node_->store->head())
    return;
  note_store_reached(*node_);
  backoff_ = {};
}

// No batch takes them out of the queue while the store is away, and there may be ever more.
void log_writer_state::drop_withdrawn() {
  std::erase_if(queue_, [this](const append& asked) {
    const bool is_withdrawn = asked.decision->is_withdrawn();
    if (is_withdrawn)
      uncommitted_.add(*asked.decision);
    return is_withdrawn;
  });
}

auto log_writer_state::next_batch() -> std::vector<append> {
  const auto& most = node_->settings.log_writer;
  std::vector<append> batch;
  batch.reserve(std::min(queue_.size(), most.max_batch));
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < most.max_batch
         && (batch.empty() || bytes + queue_.front().decision->bytes <= most.max_batch_bytes)) {
    auto asked = std::move(queue_.front());
    queue_.pop_front();
    if (asked.decision->admit()) {
      bytes += asked.decision->bytes;
      batch.push_back(std::move(asked));
    } else { // withdrawn; nobody waits for it any more
      uncommitted_.add(*asked.decision);
    }
  }
  return batch;
}

// -- the store ----------------------------------------------------------------

void log_writer_state::commit(std::vector<append> batch) {
  std::vector<const write_set*> sets;
  sets.reserve(batch.size());
  for (const auto& asked : batch)
    sets.push_back(asked.decision->set.get());
  const auto began = self->clock().now();
  auto outcomes = append_to_store(sets);
  batch_ended ended{.write_sets = batch.size(), .took = self->clock().now() - began};
  std::optional<failure> unavailable;
  std::vector<append> waiting;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& became = outcomes[i];
    const auto* failed = std::get_if<failure>(&became);
    if (failed && failed->code == errc::store_unavailable) {
      unavailable = *failed;
      batch[i].decision->put_back();
      waiting.push_back(std::move(batch[i]));
    } else if (failed && failed->code == errc::outcome_unknown) {
      unavailable = *failed;
      uncertain_.push_back(std::move(batch[i]));
    } else {
      if (const auto* done = std::get_if<committed>(&became))
        ended.events += done->count;
      ended.refused += std::holds_alternative<refused>(became) ? 1 : 0;
      tell(batch[i], std::move(became));
    }
  }
  put_in_front(waiting);
  ended.failed = unavailable.has_value();
  node_->watching->on(ended);
  if (unavailable) {
    note_store_failed(*node_, *unavailable);
    backoff_ = std::max(backoff_, first_backoff);
  } else {
    note_store_reached(*node_);
    backoff_ = {};
  }
}

// A store does not throw; one that does all the same may have written.
auto log_writer_state::append_to_store(write_batch sets) -> std::vector<append_outcome> {
  std::string what = "something that is no std::exception";
  try {
    return node_->store->append(sets);
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  return {sets.size(), failure{errc::outcome_unknown, "the store threw: " + what}};
}

// False while the store does not answer.
auto log_writer_state::look_up() -> bool {
  std::vector<append> absent;
  bool answers = true;
  while (answers && !uncertain_.empty()) {
    auto& asked = uncertain_.front();
    auto found = node_->store->find_commit(*asked.decision->set, asked.decision->known);
    if (!found && found.error().code == errc::store_unavailable) {
      note_store_failed(*node_, found.error());
      backoff_ = std::max(backoff_, first_backoff);
      answers = false;
      continue;
    }
    auto settled = std::move(asked);
    uncertain_.erase(uncertain_.begin());
    if (!found) { // the store cannot tell
      tell(settled, failure{errc::outcome_unknown, found.error().detail});
    } else if (*found) {
      tell(settled, std::move(**found));
    } else { // certainly not there
      settled.uncertain = false;
      settled.decision->put_back();
      absent.push_back(std::move(settled));
    }
    backoff_ = {};
  }
  put_in_front(absent);
  return answers;
}

void log_writer_state::put_in_front(std::vector<append>& waiting) {
  queue_.insert(queue_.begin(), std::move_iterator{waiting.begin()},
                std::move_iterator{waiting.end()});
}

// -- the outcomes -------------------------------------------------------------

void log_writer_state::tell(const append& asked, append_outcome became) {
  bool cascade = false;
  if (const auto* done = std::get_if<committed>(&became)) {
    if (done->count > 0)
      head_ = std::max(head_, log_position{done->first.value + done->count - 1});
  } else {
    if (const auto* refusal = std::get_if<refused>(&became))
      cascade = uncommitted_.caused(*refusal);
    uncommitted_.add(*asked.decision);
  }
  auto told = std::ranges::find(told_, asked.from, &told_coordinator::who);
  if (told == told_.end())
    told = told_.insert(told_.end(), {.who = asked.from, .what = {}});
  told->what.outcomes.push_back(
    {.ticket = asked.ticket, .became = std::move(became), .cascade = cascade});
}

void log_writer_state::send_outcomes() {
  node_->now.head.store(head_.value);
  for (auto& [who, what] : told_) {
    what.head = head_;
    self->send(who, std::move(what));
  }
  told_.clear();
  if (!node_->threads) // else they wait inside the store
    node_->followers->wake();
}

auto log_writer(log_writer_actor::stateful_pointer<log_writer_state> self, shared_context node)
  -> log_writer_actor::behavior_type {
  self->state.begin(std::move(node));
  return {
    [self](append& asked) { self->state.take(asked); },
    [self](const flush& now) { self->state.take(now); },
  };
}

} // namespace eventcore::actors
