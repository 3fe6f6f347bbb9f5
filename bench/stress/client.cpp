#include "client.hpp"

#include <utility>

namespace stress {

using steady = std::chrono::steady_clock;

thread_local client::inside client::sending{};

void client::go_on() {
  // An answer that comes on this thread before `send` returns must not send the next one: that would nest for ever.
  bool answered_at_once = true;
  while (answered_at_once) {
    const auto ticket = all_.take_ticket();
    if (!ticket)
      return all_.finish();
    answered_at_once = false;
    const auto outer = std::exchange(sending, {this, &answered_at_once});
    place_.ticket = *ticket;
    auto command = all_.work_.next(place_);
    ++place_.sent;
    sent_at_ = steady::now();
    all_.send_(std::move(command),
               [this](const ec::result<ec::executed>& outcome) { take(outcome); });
    // From here on another thread may be in this client.
    sending = outer;
  }
}

void client::take(const ec::result<ec::executed>& outcome) {
  if (all_.timed_)
    all_.latency_.add(steady::now() - sent_at_);
  all_.answered_.fetch_add(1, std::memory_order_relaxed);
  all_.record(told_, outcome);
  if (!outcome && outcome.error().code == ec::errc::overloaded)
    all_.park(*this);
  else if (sending.who == this)
    *sending.answered_at_once = true;
  else
    go_on();
}

} // namespace stress
