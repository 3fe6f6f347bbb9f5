#include "eventcore/leadership.hpp"

#include <algorithm>
#include <utility>

namespace eventcore {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Who stands by looks so often within the time in which it is to take over.
constexpr int looks = 20;

} // namespace

// The term is over before the last look that is still in time.
leadership::leadership(std::string name, milliseconds takeover)
    : name_{std::move(name)}, poll_{std::max(takeover / looks, milliseconds{1})},
      term_{std::max(takeover - 2 * poll_, milliseconds{1})} {}

auto leadership::next(time now) -> action {
  if (now < ask_at_)
    return nothing{std::chrono::ceil<microseconds>(ask_at_ - now)};
  if (token_ && now < ends_)
    return renew{*token_, term_};
  return acquire{term_};
}

void leadership::acquired(const result<std::optional<lease_token>>& got, time asked, time now) {
  token_ = got ? *got : std::nullopt;
  ends_ = asked + term_;
  ask_at_ = token_ ? asked + term_ / 3 : now + poll_;
}

void leadership::renewed(const result<>& outcome, time asked, time now) {
  if (outcome) {
    ends_ = asked + term_;
    ask_at_ = asked + term_ / 3;
    return;
  }
  ask_at_ = now + poll_;
  if (outcome.error().code == errc::lease_lost)
    token_.reset();
}

} // namespace eventcore
