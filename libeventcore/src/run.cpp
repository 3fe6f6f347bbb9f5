#include "eventcore/run.hpp"

#include "eventcore/projection_host.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <variant>

namespace eventcore {

namespace {

using std::chrono::milliseconds;

// Nothing but a commit ends a store's waiting, so a request to stop is looked for so often.
constexpr milliseconds longest_deafness{50};

void pass(std::chrono::microseconds time, const std::stop_token& stop, const environment& around) {
  if (around.sleep)
    return around.sleep(time);
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any never;
  never.wait_for(lock, stop, time, [] { return false; });
}

// A failure of the store is met by the next step.
void pass(const projection_host::rest& rest, event_store& store, const std::stop_token& stop,
          const environment& around) {
  if (!rest.known)
    return pass(rest.at_most, stop, around);
  const auto patience = std::chrono::ceil<milliseconds>(rest.at_most);
  const auto deaf = stop.stop_possible() ? std::min(patience, longest_deafness) : patience;
  if (!store.await(*rest.known, deaf))
    pass(std::chrono::milliseconds{1}, stop, around);
}

} // namespace

auto run(event_store& store, std::shared_ptr<applier> into, const projection_options& options,
         const std::stop_token& stop, const environment& around) -> result<projection_status> {
  projection_host host{store, std::move(into), options, around};
  for (;;) {
    if (stop.stop_requested())
      host.stop();
    auto next = host.step();
    if (auto* over = std::get_if<projection_host::ended>(&next))
      return std::move(over->outcome);
    if (const auto* rest = std::get_if<projection_host::rest>(&next); rest)
      pass(*rest, store, stop, around);
  }
}

auto run(event_store& store, const any_projection& projection, const projection_options& options,
         const std::stop_token& stop, const environment& around) -> result<projection_status> {
  return run(store, make_applier(projection), options, stop, around);
}

} // namespace eventcore
