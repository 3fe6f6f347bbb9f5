#include "supervisor.hpp"

#include "end_now.hpp"
#include "followers.hpp"
#include "logging.hpp"
#include "projection_runner.hpp"
#include "subscription_reader.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

namespace {

using std::chrono::milliseconds;

// The first death is followed by another try at once, those after it by longer and longer pauses.
auto pause_after(std::uint32_t deaths) -> milliseconds {
  constexpr milliseconds step{100};
  constexpr milliseconds longest{5'000};
  return std::min(step * (deaths - 1), longest);
}

} // namespace

void supervisor::take(const host_projection& asked) {
  const auto& what = asked.what;
  if (what->is_over())
    return;
  if (stopping_)
    return what->finish(fail(errc::shutting_down, "the runtime stopped before it began"));
  auto runner = node_->threads
                  ? self->spawn<caf::monitored + caf::detached>(run_projection, what, node_)
                  : self->spawn<caf::monitored>(run_projection, what, node_);
  projections_.push_back({what, std::move(runner), asked.deaths});
}

void supervisor::take(const host_subscription& asked) {
  const auto& what = asked.what;
  if (stopping_)
    return what->finish(fail(errc::shutting_down, "the runtime stopped before it began"));
  auto reader = node_->threads
                  ? self->spawn<caf::monitored + caf::detached>(read_for_subscriber, what, node_)
                  : self->spawn<caf::monitored>(read_for_subscriber, what, node_);
  subscriptions_.push_back({what, std::move(reader)});
}

// -- the end of one ---------------------------------------------------------------

auto supervisor::lose(const caf::down_msg& down) -> bool {
  const auto take_out = [&](auto& from, auto member) -> bool {
    const auto lost = std::ranges::find_if(
      from, [&](const auto& one) { return (one.*member).address() == down.source; });
    if (lost == from.end())
      return false;
    const auto gone = std::move(*lost);
    from.erase(lost);
    if (!gone.what->is_over())
      lose(gone, self->system().render(down.reason));
    return true;
  };
  return take_out(projections_, &projection::runner)
         || take_out(subscriptions_, &subscription::reader);
}

void supervisor::lose(const projection& gone, const std::string& why) {
  if (stopping_)
    return gone.what->finish(
      fail(errc::shutting_down, "its actor died while the runtime stopped: " + why));
  node_->watching->on_restarted(projection_runner::name);
  if (auto ends = gone.what->cannot_go_on()) {
    log_projection_ended(*node_->log, gone.what->name(), std::unexpected{*ends});
    return gone.what->finish(std::unexpected{std::move(*ends)});
  }
  log_restarted(*node_->log, projection_runner::name, why);
  const auto deaths = gone.deaths + 1;
  self->delayed_send(self, pause_after(deaths), host_projection{gone.what, deaths});
}

void supervisor::lose(const subscription& gone, const std::string& why) {
  failure ends{errc::store_unavailable,
               fmt::format("the actor that read for the subscription died: {}; subscribe again "
                           "after what was reached",
                           why)};
  log_subscription_ended(*node_->log, gone.what->id(), std::unexpected{ends});
  if (const auto* whom = std::get_if<caf::actor>(&gone.what->whom()))
    caf::anon_send(*whom, subscription_ended{.subscription = gone.what->id(),
                                             .why = std::make_shared<const failure>(ends)});
  gone.what->finish(std::unexpected{std::move(ends)});
}

// -- the end of all ---------------------------------------------------------------

auto supervisor::stop() -> std::vector<caf::actor_addr> {
  stopping_ = true;
  std::vector<caf::actor_addr> all;
  for (const auto& one : projections_) {
    one.what->stop();
    all.push_back(one.runner.address());
  }
  for (const auto& one : subscriptions_) {
    one.what->end(fail(errc::shutting_down, "the runtime stops"));
    all.push_back(one.reader.address());
  }
  return all;
}

void supervisor::end_now() {
  for (const auto& one : projections_)
    actors::end_now(one.runner);
  for (const auto& one : subscriptions_)
    actors::end_now(one.reader);
}

} // namespace eventcore::actors
