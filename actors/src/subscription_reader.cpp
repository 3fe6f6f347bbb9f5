#include "subscription_reader.hpp"

#include "logging.hpp"

#include "eventcore/actors/runtime.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

namespace {

using std::chrono::milliseconds;

// Inside the store it hears of no request.
constexpr milliseconds longest_deafness{50};
// Without a thread it looks so often for what others commit.
constexpr milliseconds look_period{100};
constexpr milliseconds first_backoff{20};
constexpr milliseconds longest_backoff{5'000};

} // namespace

void subscription_reader::begin(std::shared_ptr<hosted_subscription> hosted, shared_context node) {
  hosted_ = std::move(hosted);
  node_ = std::move(node);
  hosted_->attach(self);
  if (const auto* whom = std::get_if<caf::actor>(&hosted_->whom()))
    self->monitor(*whom);
  step_soon();
}

// -- reading --------------------------------------------------------------------

void subscription_reader::take(const step& due) {
  if (due.number == step_)
    go_on();
}

void subscription_reader::take(const look&) {
  if (idle_)
    go_on();
}

void subscription_reader::go_on() {
  idle_ = false;
  if (auto asked = hosted_->asked_to_end())
    return end(std::move(*asked));
  if (unanswered_ >= hosted_->window())
    idle_ = true; // an acknowledgement wakes it
  else
    read();
}

void subscription_reader::read() {
  auto batch = hosted_->log().next(node_->threads ? longest_deafness : milliseconds{0});
  if (!batch)
    return store_failed(batch.error());
  backoff_ = {};
  if (!batch->events.empty()) {
    hand_over(std::move(*batch));
    return step_soon();
  }
  if (outstanding_.empty())
    hosted_->reach(hosted_->log().reached());
  node_->threads || !batch->is_at_head() ? step_soon() : step_after(look_period);
}

void subscription_reader::store_failed(const failure& why) {
  if (!is_retriable(why.code))
    return end(std::unexpected{why});
  backoff_ = std::clamp(backoff_ * 2, first_backoff, longest_backoff);
  step_after(backoff_);
}

void subscription_reader::step_soon() { self->send(self, step{++step_}); }

void subscription_reader::step_after(milliseconds time) {
  idle_ = true;
  self->delayed_send(self, time, step{++step_});
}

// -- the subscriber -------------------------------------------------------------

void subscription_reader::hand_over(log_batch batch) {
  if (const auto* listener = std::get_if<batch_listener>(&hosted_->whom()))
    call(*listener, batch);
  else
    send_to(std::get<caf::actor>(hosted_->whom()), std::move(batch));
}

void subscription_reader::call(const batch_listener& listener, const log_batch& batch) {
  std::string what = "something that is no std::exception";
  try {
    listener(batch);
    return hosted_->reach(checkpoint_at(batch.through));
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  hosted_->end(fail(errc::handler_failed,
                    fmt::format("the listener of a subscription threw at positions {} to {}: {}",
                                batch.events.front().position.value,
                                batch.events.back().position.value, what)));
}

void subscription_reader::send_to(const caf::actor& whom, log_batch batch) {
  const auto number = ++last_;
  outstanding_.push_back({.number = number, .through = checkpoint_at(batch.through)});
  ++unanswered_;
  // As long as it takes: its end is noticed, and nothing is held up but this subscription.
  self
    ->request(whom, caf::infinite,
              events_arrived{.subscription = hosted_->id(),
                             .batch = std::make_shared<const log_batch>(std::move(batch))})
    .then([this, number] { acknowledge(number); },
          [this, number](const caf::error& other) {
            if (other == caf::sec::unexpected_response) // an answer that says something
              acknowledge(number);
            else if (other != caf::sec::request_receiver_down) // else `lose` says so
              end(std::unexpected{to_failure(other)});
          });
}

void subscription_reader::acknowledge(std::uint64_t number) {
  --unanswered_;
  std::ranges::find(outstanding_, number, &outstanding::number)->done = true;
  for (; !outstanding_.empty() && outstanding_.front().done; outstanding_.pop_front())
    hosted_->reach(outstanding_.front().through);
  if (idle_ && backoff_.count() == 0)
    go_on();
}

void subscription_reader::lose(const caf::down_msg& down) {
  if (const auto* whom = std::get_if<caf::actor>(&hosted_->whom());
      whom && down.source == whom->address())
    end({});
}

void subscription_reader::end(result<> outcome) {
  if (hosted_->is_over())
    return;
  log_subscription_ended(*node_->log, hosted_->id(), outcome);
  if (const auto* whom = std::get_if<caf::actor>(&hosted_->whom()); whom && !outcome)
    caf::anon_send(*whom,
                   subscription_ended{.subscription = hosted_->id(),
                                      .why = std::make_shared<const failure>(outcome.error())});
  hosted_->finish(std::move(outcome));
  self->quit();
}

auto read_for_subscriber(subscription_actor::stateful_pointer<subscription_reader> self,
                         std::shared_ptr<hosted_subscription> hosted, shared_context node)
  -> subscription_actor::behavior_type {
  self->state.begin(std::move(hosted), std::move(node));
  self->set_down_handler([self](caf::down_msg& down) { self->state.lose(down); });
  return {
    [self](const step& due) { self->state.take(due); },
    [self](const look& now) { self->state.take(now); },
  };
}

} // namespace eventcore::actors
