#include "hosted_projection.hpp"

#include "messages.hpp"
#include "scheduler_thread.hpp"

#include "eventcore/actors/projections.hpp"
#include "eventcore/detail/head_watch.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

namespace eventcore::actors {

namespace {

using std::chrono::milliseconds;

// How often who waits for what another program leads looks into the store.
constexpr milliseconds look_period{10};

} // namespace

hosted_projection::hosted_projection(std::shared_ptr<applier> into, projection_options options,
                                     const std::shared_ptr<event_store>& store)
    : name_{into->type().name}, into_{std::move(into)}, options_{std::move(options)},
      store_{store} {}

// -- by the actor ---------------------------------------------------------------

void hosted_projection::attach(projection_actor runner, projection_host& host) {
  const std::lock_guard guard{mutex_};
  if (over_)
    return host.stop();
  runner_ = std::move(runner);
  stepping_ = {};
  if (paused_)
    host.pause();
  if (stopping_)
    host.stop();
  if (unfinished_ && unfinished_->rebuilds)
    static_cast<void>(host.rebuild()); // which the host before had taken
  else if (unfinished_)
    host.reset(unfinished_->to);
}

auto hosted_projection::step(projection_host& host) -> projection_host::next {
  std::vector<request> asked;
  {
    const std::lock_guard guard{mutex_};
    stepping_ = std::this_thread::get_id();
    asked.swap(requests_);
  }
  for (const auto& one : asked)
    one(host);
  {
    const std::lock_guard guard{
      mutex_}; // the step may end the actor, and then the next one is told
    unfinished_ = host.unfinished_reset();
  }
  auto next = host.step();
  publish(host);
  return next;
}

auto hosted_projection::has_requests() const -> bool {
  const std::lock_guard guard{mutex_};
  return !requests_.empty();
}

void hosted_projection::publish(const projection_host& host) {
  auto now = host.status();
  {
    const std::lock_guard guard{mutex_};
    stepping_ = {};
    unfinished_ = host.unfinished_reset();
    status_ = std::move(now);
  }
  tell_watchers();
}

void hosted_projection::finish(result<projection_status> outcome) {
  std::vector<request> dropped; // who waits for them is told by their end
  {
    const std::lock_guard guard{mutex_};
    if (std::exchange(over_, true))
      return;
    stepping_ = {};
    dropped.swap(requests_);
    runner_ = nullptr;
    if (outcome) {
      status_ = *outcome;
      status_.state = projection_state::stopped;
    } else {
      status_.state = projection_state::failed;
      status_.last_failure = outcome.error();
      failed_ = outcome.error();
    }
  }
  if (outcome)
    outcome->name = name_;
  promise_.set_value(std::move(outcome));
  tell_watchers();
}

auto hosted_projection::is_over() const -> bool {
  const std::lock_guard guard{mutex_};
  return over_;
}

// A read model in memory may have half of what it was given. What begins at the start of the log and
// can be emptied begins there again; others are behind a checkpoint.
auto hosted_projection::cannot_go_on() const -> std::optional<failure> {
  const auto& from = options_.from;
  if (!from || (from->position == log_position{} && into_->type().reset))
    return std::nullopt;
  return failure{errc::handler_failed,
                 fmt::format("the actor that ran projection '{}' died, and how far its read model "
                             "in memory is cannot be known; make a new one and run it",
                             name_)};
}

// -- requests -------------------------------------------------------------------

void hosted_projection::ask(request what) {
  projection_actor runner;
  {
    const std::lock_guard guard{mutex_};
    if (over_)
      return;
    requests_.push_back(std::move(what));
    runner = runner_;
  }
  if (runner)
    caf::anon_send(runner, look{});
}

void hosted_projection::pause(bool paused) {
  {
    const std::lock_guard guard{mutex_};
    paused_ = paused;
  }
  ask([paused](projection_host& host) { paused ? host.pause() : host.resume(); });
}

void hosted_projection::stop() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  ask([](projection_host& host) { host.stop(); });
}

void hosted_projection::reset(log_position to) {
  ask([to](projection_host& host) { host.reset(to); });
}

void hosted_projection::retry_dead_letters() {
  ask([](projection_host& host) { host.retry_dead_letters(); });
}

auto hosted_projection::rebuild() -> result<> {
  if (is_own_thread())
    return fail(errc::invalid_argument,
                fmt::format("projection '{}' asked for its own rebuild and would wait for itself; "
                            "ask from another thread",
                            name_));
  if (auto may = may_block("rebuild", "ask from a thread of your own"); !may)
    return may;
  auto told = std::make_shared<std::promise<result<>>>();
  auto answer = told->get_future();
  ask([told](projection_host& host) { told->set_value(host.rebuild()); });
  told.reset(); // so that it goes with the request
  try {
    return answer.get();
  } catch (const std::future_error&) { // nobody followed it
    return fail(errc::shutting_down,
                fmt::format("projection '{}' has ended and is not rebuilt; run it again", name_));
  }
}

void hosted_projection::wake() const {
  projection_actor runner;
  {
    const std::lock_guard guard{mutex_};
    runner = runner_;
  }
  if (runner)
    caf::anon_send(runner, look{});
}

// -- where it stands ------------------------------------------------------------

auto hosted_projection::is_own_thread() const -> bool {
  const std::lock_guard guard{mutex_};
  return stepping_ == std::this_thread::get_id();
}

auto hosted_projection::status() const -> projection_status {
  const std::lock_guard guard{mutex_};
  auto shown = status_;
  shown.name = name_;
  return shown;
}

auto hosted_projection::may_be_led_elsewhere() const -> bool {
  const std::lock_guard guard{mutex_};
  return looks_elsewhere();
}

auto hosted_projection::looks_elsewhere() const -> bool {
  return into_->is_shared() && !options_.from
         && (status_.state == projection_state::standing_by
             || status_.state == projection_state::starting);
}

auto hosted_projection::is_in_store(log_position position) const -> bool {
  const auto store = store_.lock();
  if (!store)
    return false;
  const auto kept = store->load_checkpoint(name_);
  return kept && *kept && (*kept)->position >= position;
}

auto hosted_projection::how_it_ended(log_position wanted) const -> failure {
  if (failed_)
    return *failed_;
  return {errc::shutting_down, fmt::format("projection '{}' was stopped at position {}, before "
                                           "position {}, which is waited for; run it again",
                                           name_, status_.reached.position.value, wanted.value)};
}

auto hosted_projection::wait_until(log_position position, milliseconds patience) -> result<> {
  const auto deadline = detail::deadline_after(patience);
  std::unique_lock guard{mutex_};
  for (;;) {
    if (status_.reached.position >= position)
      return {};
    if (over_)
      return std::unexpected{how_it_ended(position)};
    if (stepping_ == std::this_thread::get_id())
      return fail(errc::invalid_argument,
                  fmt::format("projection '{}' would wait for itself", name_));
    auto until = deadline;
    if (looks_elsewhere()) {
      guard.unlock();
      const bool is_there = is_in_store(position);
      guard.lock();
      if (is_there)
        return {};
      until = std::min(deadline, std::chrono::steady_clock::now() + look_period);
    }
    if (changed_.wait_until(guard, until) == std::cv_status::timeout
        && std::chrono::steady_clock::now() >= deadline && status_.reached.position < position)
      return fail(errc::timed_out,
                  fmt::format("projection '{}' is at position {} ({}) and has not passed position "
                              "{} within {} ms; wait longer, or look at its status",
                              name_, status_.reached.position.value, to_string(status_.state),
                              position.value, patience.count()));
  }
}

// -- those who wait -------------------------------------------------------------

auto hosted_projection::verdict(log_position on) const -> std::optional<bool> {
  if (status_.reached.position >= on)
    return true;
  if (over_ || status_.state == projection_state::paused)
    return false;
  return std::nullopt;
}

auto hosted_projection::watch(log_position position, listener told) -> watch_id {
  std::unique_lock guard{mutex_};
  const auto known = verdict(position);
  if (!known) {
    watchers_.push_back({++last_watch_, position, std::move(told)});
    return last_watch_;
  }
  guard.unlock();
  told(*known);
  return 0;
}

void hosted_projection::unwatch(watch_id id) {
  const std::lock_guard guard{mutex_};
  std::erase_if(watchers_, [&](const watcher& one) { return one.id == id; });
}

void hosted_projection::tell_watchers() {
  std::vector<std::pair<listener, bool>> due;
  {
    const std::lock_guard guard{mutex_};
    std::erase_if(watchers_, [&](watcher& one) {
      const auto known = verdict(one.position);
      if (known)
        due.emplace_back(std::move(one.told), *known);
      return known.has_value();
    });
  }
  changed_.notify_all();
  for (const auto& [told, reached] : due)
    told(reached);
}

} // namespace eventcore::actors

// -- the handle -----------------------------------------------------------------

namespace eventcore {

running_projection::running_projection(std::shared_ptr<actors::hosted_projection> hosted)
    : hosted_{std::move(hosted)} {}

auto running_projection::name() const -> std::string_view { return hosted_->name(); }
void running_projection::pause() const { hosted_->pause(true); }
void running_projection::resume() const { hosted_->pause(false); }
void running_projection::stop() const { hosted_->stop(); }
void running_projection::reset(log_position to) const { hosted_->reset(to); }
auto running_projection::rebuild() const -> result<> { return hosted_->rebuild(); }
void running_projection::retry_dead_letters() const { hosted_->retry_dead_letters(); }
auto running_projection::status() const -> projection_status { return hosted_->status(); }

auto running_projection::wait_until(log_position position, std::chrono::milliseconds patience) const
  -> result<> {
  if (auto may = actors::may_block("wait_until", "use execute_options::await"); !may)
    return may;
  return hosted_->wait_until(position, patience);
}

auto running_projection::outcome() const -> std::shared_future<result<projection_status>> {
  return hosted_->outcome();
}

} // namespace eventcore
