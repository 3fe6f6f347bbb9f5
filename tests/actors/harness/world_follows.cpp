#include "world.hpp"

#include <utility>

#include <caf/all.hpp>
#include <fmt/format.h>

// The projections of a world, and another program that runs one of them, too.
namespace harness {

namespace actors = eventcore::actors;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t most_steps_to_catch_up = 50'000;

} // namespace

auto world::follow_options() const -> ec::projection_options {
  ec::projection_options options{.until = ec::run_until::stopped};
  options.read_ahead = false; // no threads
  options.page.events = plan_.follow.page;
  options.takeover = plan_.follow.takeover;
  options.save_events = plan_.follow.save_events;
  options.save_interval = plan_.follow.save_interval;
  return options;
}

auto world::follow_trouble(std::uint64_t whose) const -> transaction_trouble {
  auto trouble = plan_.follow.trouble;
  trouble.seed = mixed(plan_.seed, whose);
  return trouble;
}

void world::follow() {
  if (!plan_.follow.is_on)
    return;
  exact_into_ = std::make_shared<exact_applier>(exact_, follow_trouble(1));
  const auto host = [&](std::shared_ptr<ec::applier> into) {
    const auto hosted =
      std::make_shared<actors::hosted_projection>(std::move(into), follow_options(), store_);
    ec::unwrap(context_->followers->add(hosted));
    caf::anon_send(node_, actors::host_projection{hosted});
    followed_.push_back(hosted);
  };
  host(exact_into_);
  host(ec::make_applier(std::make_shared<repeating_projection>(repeating_)));
}

// A rival that is not asked stands still, as if its machine slept.
void world::step_rival() {
  if (!rival_) {
    if (!playing_ || !by_.chance(10))
      return;
    say("another program runs the exact projection");
    rival_.emplace(
      store_, exact_, follow_trouble(++rivals_ + 1), follow_options(),
      ec::environment{.now = [this] { return ec::moment{context_->wall_clock(), now()}; },
                      .random = [] { return 0.5; }});
  }
  if (rival_->step() && !by_.rarely(plan_.follow.rival_dies_thousandths))
    return;
  say("the other program dies");
  watcher_->add("rival died");
  rival_.reset();
}

void world::catch_up() {
  if (!plan_.follow.is_on)
    return;
  rival_.reset();
  exact_into_->heal();
  const auto head = ec::unwrap(store_->inner().head()).position;
  const auto last = steps_ + most_steps_to_catch_up;
  while (exact_->reached() < head || repeating_->reached() < head) {
    if (steps_ > last)
      throw broken{fmt::format(
        "8: all is well, and after {} steps the projections are at {} and {} "
        "of {}",
        most_steps_to_catch_up, exact_->reached().value, repeating_->reached().value, head.value)};
    step();
  }
  watcher_->add("followed to the end");
  for (std::uint64_t i = 0; i < repeating_->repeated(); ++i)
    watcher_->add("position applied again");
  for (const auto& one : followed_)
    one->stop();
  while (!followed_[0]->is_over() || !followed_[1]->is_over()) {
    if (steps_ > last)
      throw broken{"8: the projections do not stop"};
    step();
  }
}

// What is said to be seen is seen; who wrote something is told about each projection that it named.
void world::judge_awaited(const call& asked, const ec::executed& told) {
  if (told.awaited.size() != asked.options.await.size())
    return watcher_->complain(fmt::format("call {} awaits {} projections and was told of {}",
                                          asked.number, asked.options.await.size(),
                                          told.awaited.size()));
  for (const auto& [name, reached] : told.awaited) {
    watcher_->add(reached ? "awaited: reached" : "awaited: not reached");
    const auto at = name == exact_applier::name ? exact_->reached() : repeating_->reached();
    if (reached && told.count > 0
        && (name == "nobody" || at.value < told.first.value + told.count - 1))
      watcher_->complain(fmt::format("call {} was told that {} has seen it, which is at {}",
                                     asked.number, name, at.value));
  }
}

void world::judge_projections() {
  for (const auto& text : exact_->wrong())
    watcher_->complain(text);
  for (const auto& text : repeating_->wrong())
    watcher_->complain(text);
  for (const auto& one : followed_)
    if (!one->is_over())
      watcher_->complain(
        fmt::format("8: projection {} has not ended with its runtime", one->name()));
  for (const auto& one : followed_)
    if (one->is_over() && !one->outcome().get()
        && one->outcome().get().error().code != ec::errc::shutting_down)
      watcher_->complain(fmt::format("8: projection {} ended: {}", one->name(),
                                     one->outcome().get().error().text()));
  if (exact_into_)
    for (const auto& [what, count] : exact_into_->troubles())
      for (std::uint64_t i = 0; i < count; ++i)
        watcher_->add(what);
}

} // namespace harness
