#include "support/accounts.hpp"
#include "support/wait_until.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/event_info.hpp>
#include <eventcore/stores/memory.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

// What the manual shows about following the log in a runtime.
namespace {

namespace ec = eventcore;
using namespace accounts;
using namespace std::chrono_literals;

// begin: projection
// The projection's thread writes it, others read it.
class balances {
public:
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;

  void apply(const money_deposited& e, const ec::event_info& about) { add(about, e.cents); }
  void apply(const money_withdrawn& e, const ec::event_info& about) { add(about, -e.cents); }
  void reset() {
    const std::lock_guard guard{mutex_};
    cents_.clear();
  }

  auto of(const std::string& key) const -> std::int64_t {
    const std::lock_guard guard{mutex_};
    const auto found = cents_.find(key);
    return found == cents_.end() ? 0 : found->second;
  }

private:
  void add(const ec::event_info& about, std::int64_t cents) {
    const std::lock_guard guard{mutex_};
    cents_[std::string{about.key()}] += cents;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> cents_;
};
// end: projection

// begin: subscriber
auto printer(caf::event_based_actor* self, std::atomic<std::size_t>& printed) -> caf::behavior {
  return {
    [&printed](const ec::events_arrived& some) { // returning says that the batch is done with
      for (const auto& event : some.batch->events)
        fmt::print("{} {} {}\n", event.position.value, event.stream, event.type);
      printed += some.batch->events.size();
    },
    [self](const ec::subscription_ended& end) {
      fmt::print("{}\n", end.why->text()); // such as log_rewound
      self->quit();
    },
  };
}
// end: subscriber

auto quiet() -> ec::runtime_settings {
  ec::runtime_settings settings;
  settings.log.level = "off";
  return settings;
}

struct started {
  caf::actor_system_config config;
  caf::actor_system system{config};
  ec::runtime runtime = ec::unwrap(ec::runtime::start(system, ec::memory::open(), quiet()));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(runtime_manual, started)

BOOST_AUTO_TEST_CASE(a_projection_runs_beside_the_commands) {
  const ec::stream<account> alice{"alice"};
  // begin: run
  const auto read_model = std::make_shared<balances>();
  // In memory: from the start of the log, and on.
  const auto projection = ec::unwrap(
    runtime.run(read_model, {.until = ec::run_until::stopped, .from = ec::checkpoint{}}));

  const auto done = ec::unwrap(runtime.execute_blocking(deposit{alice, 500}));
  ec::unwrap(projection.wait_until(done.first, 5s)); // until it has passed that event
  fmt::print("{} cents\n", read_model->of("alice"));
  // end: run
  BOOST_TEST(read_model->of("alice") == 500);
  // begin: status
  for (const auto& one : runtime.projections())
    fmt::print("{} is {} at {}, {} events behind\n", one.name, to_string(one.state),
               one.reached.position.value, one.lag);
  // end: status
  // begin: requests
  projection.pause(); // what is under way comes to its end
  projection.resume();
  ec::unwrap(projection.rebuild()); // from the start of the log again
  projection.stop();
  const auto last = ec::unwrap(projection.outcome().get());
  fmt::print("stopped at {}\n", last.reached.position.value);
  // end: requests
  BOOST_TEST(read_model->of("alice") >= 0);
}

BOOST_AUTO_TEST_CASE(a_command_is_answered_when_it_can_be_seen) {
  const ec::stream<account> alice{"alice"};
  const auto read_model = std::make_shared<balances>();
  ec::unwrap(runtime.run(read_model, {.until = ec::run_until::stopped, .from = ec::checkpoint{}}));
  // begin: await
  auto options = runtime.defaults();
  options.await = {"balances"};
  options.await_deadline = 2s;
  const auto done = ec::unwrap(runtime.execute_blocking(deposit{alice, 500}, options));
  if (done.awaited.front().reached)
    fmt::print("{} cents\n", read_model->of("alice")); // with the 500
  else
    fmt::print("paid; the balance will show it soon\n"); // it has succeeded all the same
  // end: await
  BOOST_TEST(done.awaited.front().reached);
  BOOST_TEST(read_model->of("alice") == 500);
}

BOOST_AUTO_TEST_CASE(an_actor_subscribes) {
  std::atomic<std::size_t> printed{0};
  const ec::stream<account> alice{"alice"};
  // begin: subscribe
  const auto actor =
    system.spawn([&](caf::event_based_actor* self) { return printer(self, printed); });
  const auto subscription = ec::unwrap(
    runtime.subscribe({.from = ec::from_now{}, .filter = {.kinds = {"account"}}}, actor));
  // end: subscribe
  ec::unwrap(runtime.execute_blocking(deposit{alice, 500}));
  support::wait_until("it is printed", [&] { return printed == 1U; });
  subscription.close();
  BOOST_TEST(subscription.outcome().get().has_value());
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(code_that_is_no_actor_subscribes) {
  std::atomic<std::size_t> seen{0};
  ec::checkpoint kept;
  const ec::stream<account> alice{"alice"};
  ec::unwrap(runtime.execute_blocking(deposit{alice, 500}));
  // begin: listener
  const auto subscription =
    ec::unwrap(runtime.subscribe({.from = kept}, [&](const ec::log_batch& some) {
      seen += some.events.size(); // on a thread of its own, one batch after the other
    }));
  // end: listener
  support::wait_until("it is seen", [&] { return seen == 1U; });
  support::wait_until("it is done with",
                      [&] { return subscription.reached().position.value == 1U; });
  subscription.close();
  subscription.outcome().wait();
}

BOOST_AUTO_TEST_SUITE_END()
