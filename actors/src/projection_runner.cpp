#include "projection_runner.hpp"

#include "logging.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <caf/typed_event_based_actor.hpp>

namespace eventcore::actors {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Inside the store it hears of no request.
constexpr milliseconds longest_deafness{50};
constexpr microseconds longest_delay = std::chrono::minutes{1};

} // namespace

void projection_runner::begin(std::shared_ptr<hosted_projection> hosted, shared_context node) {
  hosted_ = std::move(hosted);
  node_ = std::move(node);
  around_.ids = node_->ids;
  around_.now = [this] { return moment{node_->wall_clock(), self->clock().now()}; };
  around_.random = node_->random;
  host_.emplace(*node_->log_source, hosted_->into(), options(), around_);
  hosted_->attach(self, *host_);
  step_soon();
}

auto projection_runner::options() const -> projection_options {
  auto options = hosted_->options();
  options.on_trouble = [node = node_,
                        users = std::move(options.on_trouble)](const projection_trouble& met) {
    log_trouble(*node->log, met);
    if (users)
      users(met);
  };
  return options;
}

// -- steps ----------------------------------------------------------------------

void projection_runner::take(const step& due) {
  if (due.number != step_)
    return;
  if (known_ && !hosted_->has_requests() && self->clock().now() < rest_until_)
    wait_for_head();
  else
    go_on();
}

void projection_runner::take(const look&) {
  if (idle_)
    go_on();
}

void projection_runner::go_on() {
  idle_ = false;
  known_.reset();
  auto next = hosted_->step(*host_);
  if (const auto* resting = std::get_if<projection_host::rest>(&next))
    return rest(*resting);
  if (auto* over = std::get_if<projection_host::ended>(&next)) {
    log_projection_ended(*node_->log, hosted_->name(), over->outcome);
    hosted_->finish(std::move(over->outcome));
    return self->quit();
  }
  step_soon();
}

void projection_runner::rest(const projection_host::rest& how) {
  const auto time = std::min(how.at_most, longest_delay);
  if (!how.known || !node_->threads)
    return step_after(time);
  known_ = how.known;
  rest_until_ = self->clock().now() + time;
  step_soon();
}

// Until the head has moved or the rest is over it comes again and again, and looks for requests in
// between.
void projection_runner::wait_for_head() {
  const auto left = std::chrono::ceil<milliseconds>(rest_until_ - self->clock().now());
  const auto patience = std::min(left, longest_deafness);
  const auto head = node_->log_source->await(*known_, patience);
  if (!head) { // the host meets the same, and says what becomes of it
    known_.reset();
    return step_after(patience);
  }
  if (head->position != *known_)
    return go_on();
  step_soon();
}

void projection_runner::step_soon() { self->send(self, step{++step_}); }

void projection_runner::step_after(microseconds time) {
  idle_ = true;
  self->delayed_send(self, time, step{++step_});
}

auto run_projection(projection_actor::stateful_pointer<projection_runner> self,
                    std::shared_ptr<hosted_projection> hosted, shared_context node)
  -> projection_actor::behavior_type {
  self->state.begin(std::move(hosted), std::move(node));
  return {
    [self](const step& due) { self->state.take(due); },
    [self](const look& now) { self->state.take(now); },
  };
}

} // namespace eventcore::actors
