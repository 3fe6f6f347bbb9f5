// The pieces that the manual's chapter on the runtime shows, as one program: visits of a web site are counted.
#include <eventcore/actors/observer.hpp>
#include <eventcore/actors/runtime.hpp>
#include <eventcore/command.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/core.h>

namespace ec = eventcore;
using namespace std::chrono_literals;

struct page_visited {};
BOOST_DESCRIBE_STRUCT(page_visited, (), ())

struct page {
  using events = ec::events<page_visited>;
  std::uint64_t visits = 0;
  void apply(const page_visited&) { ++visits; }
};

struct visit_page {
  ec::stream<page> which;
  auto handle(const page&) const -> ec::result<page_visited> { return page_visited{}; }
};
BOOST_DESCRIBE_STRUCT(visit_page, (), (which))

namespace {

const ec::stream<page> home{"home"};

// begin: observer
struct conflict_counter : ec::observer {
  using ec::observer::on; // the others stay as they are
  std::atomic<std::uint64_t> conflicts = 0;

  void on(const ec::command_retried& again) override {
    if (again.why == ec::errc::version_conflict && !again.cascade)
      ++conflicts;
  }
};
// end: observer

void wait_for_each(ec::runtime& runtime) {
  // begin: blocking
  const auto done = runtime.execute_blocking(visit_page{home});
  if (!done)
    fmt::print("{}\n", done.error().text());
  // end: blocking
}

void use_futures(ec::runtime& runtime) {
  // begin: futures
  std::vector<std::future<ec::result<ec::executed>>> visits;
  for (int i = 0; i < 100; ++i)
    visits.push_back(runtime.execute(visit_page{home})); // all of them are in flight at once
  for (auto& visit : visits)
    ec::unwrap(visit.get());
  // end: futures
}

void use_callbacks(ec::runtime& runtime) {
  std::latch told{1};
  // begin: callback
  auto options = runtime.defaults();
  options.command_deadline = 2s;
  options.retry.retries = 1;
  runtime.execute(visit_page{home}, options, [&told](ec::result<ec::executed> outcome) {
    if (!outcome) // on a thread of the runtime: do little, and never wait
      fmt::print("{}\n", outcome.error().text());
    told.count_down();
  });
  // end: callback
  told.wait();
}

void ask_how_it_does(ec::runtime& runtime) {
  // begin: status
  const auto now = runtime.status();
  fmt::print("{}, {} events, {} commands in flight\n",
             now.store_reachable ? "the store answers" : "the store is away", now.head.value,
             now.commands_in_flight);
  // end: status
}

// begin: overload
// Executes a command as soon as there is room for it: a caller that can wait slows down.
auto execute_patiently(ec::runtime& runtime, const ec::any_command& command)
  -> ec::result<ec::executed> {
  for (auto pause = 1ms;; pause = std::min(pause * 2, 100ms)) {
    auto done = runtime.execute_blocking(command);
    if (done || done.error().code != ec::errc::overloaded)
      return done;
    std::this_thread::sleep_for(pause);
  }
}
// end: overload

} // namespace

auto main() -> int try {
  // begin: start
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto store = ec::memory::open();

  ec::runtime_settings settings;
  settings.commands.deadline = 10s;
  settings.log.level = "warn";
  const auto watching = std::make_shared<conflict_counter>();
  auto runtime = ec::unwrap(ec::runtime::start(system, store, settings, watching));
  // end: start

  wait_for_each(runtime);
  use_futures(runtime);
  use_callbacks(runtime);
  ec::unwrap(execute_patiently(runtime, visit_page{home}));
  ask_how_it_does(runtime);

  // begin: stop
  runtime.stop(); // nothing more is taken, what is in flight comes to its end
  const auto late = runtime.execute_blocking(visit_page{home});
  fmt::print("{}\n", late.error().text());
  // end: stop
  fmt::print("{} visits, {} conflicts\n", ec::unwrap(ec::load(*store, home)).state.visits,
             watching->conflicts.load());
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
