#include "coordinator.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

// What a coordinator does when a command's time is over, or when one of its partners has died.
namespace eventcore::actors {

namespace {

constexpr std::chrono::milliseconds between_sweeps{50};

} // namespace

void coordinator_state::watch_deadlines() {
  if (std::exchange(watching_, true))
    return;
  self->delayed_send(self, between_sweeps, sweep{});
}

void coordinator_state::take(const sweep&) {
  const auto time = self->clock().now();
  for (const auto& one : commands_)
    if (one->ticket != 0 && !one->answer->is_answered() && time - one->began >= one->deadline)
      expire(*one);
  watching_ = false;
  if (free_.size() < commands_.size())
    watch_deadlines();
}

void coordinator_state::expire(in_flight& one) {
  switch (one.phase) {
  case phase::reserving: {
    const auto stream = one.wanted[one.states.size()].stream;
    leave_queue_of_stream(one);
    give_back(one);
    return finish(one, std::unexpected{one.run->expire(fmt::format("stream {}", stream))});
  }
  case phase::waiting:
    return finish(one, std::unexpected{one.run->expire("the delay before another attempt")});
  case phase::appending:
    break;
  }
  const auto why = node_->now.store_failure.load();
  const auto words = why ? fmt::format("the store ({})", why->detail) : std::string{"the store"};
  if (one.decision->withdraw()) {
    settle(one, failure{errc::timed_out, {}}, false);
    return finish(one, std::unexpected{one.run->expire(words)});
  }
  // The slot stays until the outcome is known: its streams are still to be told.
  result<executed> unknown = fail(
    errc::outcome_unknown,
    fmt::format("{} did not end within its command-deadline: {} was writing it then, so it may or "
                "may not be written; look, or repeat it under the same request id",
                one.run->command().name(), words));
  unknown.error().attempts = one.run->attempts();
  report(one, unknown);
  one.answer->answer(std::move(unknown));
}

void coordinator_state::take(const stream_lost& lost) {
  for (const auto& one : commands_)
    if (one->ticket != 0 && one->phase == phase::reserving
        && one->wanted[one->states.size()].stream == lost.stream) {
      give_back(*one);
      perform(*one, one->run->gave_up());
    }
}

void coordinator_state::take(const partners& now_there) {
  awaiter_ = now_there.awaiter;
  if (now_there.log_writer != log_writer_) {
    log_writer_ = now_there.log_writer;
    append_again();
  }
  if (now_there.router != router_) {
    router_ = now_there.router;
    for (const auto& one : commands_)
      if (one->ticket != 0 && one->phase == phase::reserving) {
        give_back(*one);
        perform(*one, one->run->gave_up());
      }
  }
}

// What the log writer that died had not answered, in the order it was sent.
void coordinator_state::append_again() {
  std::vector<in_flight*> unanswered;
  for (const auto& one : commands_)
    if (one->ticket != 0 && one->phase == phase::appending)
      unanswered.push_back(one.get());
  std::ranges::sort(unanswered, {}, &in_flight::decided_as);
  for (auto* one : unanswered) {
    if (one->answer->is_answered()) { // at its deadline: nobody knows
      settle(*one, failure{errc::outcome_unknown, {}}, false);
      close(*one);
      continue;
    }
    self->send(log_writer_, append{.decision = one->decision,
                                   .ticket = one->ticket,
                                   .from = self,
                                   .uncertain = one->decision->is_admitted()});
  }
}

} // namespace eventcore::actors
