#include "request_keeper.hpp"

#include "logging.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

namespace {

using namespace std::chrono_literals;

// Of one transaction, which others wait for.
constexpr std::size_t at_a_time = 1'000;
constexpr int rest_factor = 20;

// A request lives at most a tenth longer than it must.
auto period_of(std::chrono::milliseconds keep) -> std::chrono::milliseconds {
  return std::clamp<std::chrono::milliseconds>(keep / 10, 1s, 1h);
}

} // namespace

void request_keeper_state::begin(shared_context node) {
  node_ = std::move(node);
  self->send(self, sweep{});
}

void request_keeper_state::take(const sweep&) {
  const auto began = std::chrono::steady_clock::now();
  const auto done = forget_some();
  if (!done)
    log_requests_kept(*node_->log, done.error());
  forgotten_ += done.value_or(0);
  if (done && *done == at_a_time)
    return sweep_after(rest_factor * (std::chrono::steady_clock::now() - began));
  if (forgotten_ > 0)
    log_requests_forgotten(*node_->log, std::exchange(forgotten_, 0));
  sweep_after(period_of(node_->settings.requests.keep));
}

// A store does not throw; if one does all the same, the next round may do better.
auto request_keeper_state::forget_some() -> result<std::uint64_t> {
  std::string what = "something that is no std::exception";
  try {
    return node_->store->maintenance().forget_requests(node_->settings.requests.keep, at_a_time);
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
  }
  return fail(errc::store_unavailable, "the store threw: " + what);
}

void request_keeper_state::sweep_after(std::chrono::nanoseconds time) {
  self->delayed_send(self, time, sweep{});
}

auto request_keeper(request_keeper_actor::stateful_pointer<request_keeper_state> self,
                    shared_context node) -> request_keeper_actor::behavior_type {
  self->state.begin(std::move(node));
  return {[self](const sweep& due) { self->state.take(due); }};
}

} // namespace eventcore::actors
