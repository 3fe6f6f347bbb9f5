#include "eventcore/run.hpp"

#include "system_environment.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <variant>

namespace eventcore {

namespace {

// Nothing but a commit ends a store's waiting, so a request to stop is looked for so often.
constexpr std::chrono::milliseconds longest_deafness{50};

/// Does what a run asks for, on one store and one projection.
class host {
public:
  host(event_store& store, const any_projection& projection, const projection_options& options,
       std::stop_token stop, const environment& around)
      : store_{store}, projection_{projection}, park_{options.park}, stop_{std::move(stop)},
        around_{around},
        run_{projection.type(), options, around.random ? around.random : system_random} {}

  auto run() -> result<projection_status> {
    auto next = run_.start(now());
    while (!std::holds_alternative<projection_run::done>(next))
      next = std::visit([this](const auto& wanted) { return perform(wanted); }, next);
    if (auto& outcome = std::get<projection_run::done>(next).outcome; !outcome)
      return std::unexpected{std::move(outcome.error())};
    return run_.status(now());
  }

private:
  using action = projection_run::action;

  // Called with each answer: a request is followed with the next one.
  auto now() -> moment {
    if (stop_.stop_requested())
      run_.stop();
    return around_.now ? around_.now() : system_moment();
  }

  auto perform(const projection_run::load&) -> action {
    auto kept = store_.load_checkpoint(projection_.name());
    return run_.loaded(std::move(kept), now());
  }

  auto perform(const projection_run::find& find) -> action {
    auto found = find_position(store_, find.at);
    return run_.found(std::move(found), now());
  }

  auto perform(const projection_run::forget&) -> action {
    auto forgotten = store_.reset_checkpoint(projection_.name());
    return run_.performed(std::move(forgotten), now());
  }

  auto perform(const projection_run::clear&) -> action {
    auto cleared = projection_.reset();
    return run_.performed(std::move(cleared), now());
  }

  auto perform(const projection_run::read& read) -> action {
    auto batch = read_batch(store_, read.query);
    return run_.batch(std::move(batch), now());
  }

  auto perform(const projection_run::apply& apply) -> action {
    auto applied = projection_.apply(apply.events);
    return run_.applied(std::move(applied), now());
  }

  auto perform(const projection_run::save& save) -> action {
    auto saved = store_.save_checkpoint(projection_.name(), save.reached);
    return run_.performed(std::move(saved), now());
  }

  auto perform(const projection_run::park& park) -> action {
    auto parked = park_(park.letter);
    return run_.performed(std::move(parked), now());
  }

  auto perform(const projection_run::wait& wait) -> action {
    if (around_.sleep) {
      around_.sleep(wait.delay);
    } else {
      std::mutex mutex;
      std::unique_lock lock{mutex};
      std::condition_variable_any never;
      never.wait_for(lock, stop_, wait.delay, [] { return false; });
    }
    return run_.woke(now());
  }

  auto perform(const projection_run::await& await) -> action {
    const auto patience =
      stop_.stop_possible() ? std::min(await.patience, longest_deafness) : await.patience;
    auto head = store_.await(await.known, patience);
    return run_.head_moved(std::move(head), now());
  }

  // Nobody else can ask this run for a pause.
  auto perform(const projection_run::paused&) -> action { return run_.requested(now()); }

  auto perform(const projection_run::done& done) -> action { return done; }

  event_store& store_;
  const any_projection& projection_;
  const std::function<result<>(const dead_letter&)>& park_;
  const std::stop_token stop_;
  const environment& around_;
  projection_run run_;
};

} // namespace

auto run(event_store& store, const any_projection& projection, const projection_options& options,
         const std::stop_token& stop, const environment& around) -> result<projection_status> {
  return host{store, projection, options, stop, around}.run();
}

} // namespace eventcore
