// The projections and subscriptions that the manual shows, as tests.
#include "support/accounts.hpp"

#include <eventcore/audit.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/partitions.hpp>
#include <eventcore/read_model.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/subscription.hpp>
#include <eventcore/wait_until.hpp>

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace accounts;
using namespace std::chrono_literals;

namespace {

// begin: projection
struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;

  std::map<std::string, std::int64_t, std::less<>> cents;

  void apply(const money_deposited& e, const ec::event_info& about) {
    cents[std::string{about.key()}] += e.cents;
  }
  void apply(const money_withdrawn& e, const ec::event_info& about) {
    cents[std::string{about.key()}] -= e.cents;
  }
  void reset() { cents.clear(); }
};
// end: projection

// begin: effects
struct receipts {
  static constexpr std::string_view name = "receipts";
  using streams = ec::kinds<account>;
  static constexpr ec::stream_pattern reads{.prefix = "account-a"}; // only some of these streams

  std::vector<std::string>& printer;

  auto apply(const money_deposited& e, const ec::event_info& about) -> ec::result<> {
    if (printer.size() == 3)
      return ec::fail(ec::errc::handler_failed, "out of paper");
    printer.push_back(fmt::format("{}: {} for {}", about.position.value, e.cents, about.key()));
    return {};
  }
};
// end: effects

// begin: partition-by
struct mailer {
  static constexpr std::string_view name = "mailer";
  using streams = ec::kinds<account>;
  static auto partition_by(const ec::event_info& about) -> std::string_view { return about.key(); }

  int sent = 0;

  void apply(const money_deposited&) { ++sent; }
};
// end: partition-by

struct history {
  static constexpr std::string_view name = "history";
  using streams = ec::kinds<account>;

  std::vector<ec::log_position> applied{};

  void apply(const money_deposited&, const ec::event_info& about) {
    applied.push_back(about.position);
  }
};

struct three_deposits {
  std::shared_ptr<ec::event_store> shared = ec::memory::open();
  ec::event_store& store = *shared;

  three_deposits() {
    ec::unwrap(ec::execute(store, deposit{{"alice"}, 5}));
    ec::unwrap(ec::execute(store, deposit{{"bob"}, 7}));
    ec::unwrap(ec::execute(store, transfer{{"bob"}, {"alice"}, 2}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(read_models, three_deposits)

BOOST_AUTO_TEST_CASE(a_read_model_in_memory) {
  // begin: in-memory
  ec::read_model<balances> all;
  const auto run = ec::unwrap(ec::run(store, all));
  fmt::print("{} events, up to position {}\n", run.applied, run.reached.position.value);
  const auto alice = all.read([](const balances& now) { return now.cents.at("alice"); });
  // end: in-memory
  BOOST_TEST(alice == 7);

  ec::unwrap(ec::execute(store, deposit{{"carol"}, 1}));
  const auto more = ec::unwrap(ec::run(store, all));
  BOOST_TEST(more.applied == 1U);
  all.read([](const balances& now) {
    BOOST_TEST(now.cents.at("alice") == 7);
    BOOST_TEST(now.cents.at("carol") == 1);
  });
}

BOOST_AUTO_TEST_CASE(an_object_that_knows_how_far_it_is) {
  // begin: from
  balances all;
  const auto run = ec::unwrap(ec::run(store, all, {.from = ec::checkpoint{}}));
  const auto more = ec::unwrap(ec::run(store, all, {.from = run.reached}));
  // end: from
  BOOST_TEST(run.applied == 4U);
  BOOST_TEST(more.applied == 0U);
  BOOST_TEST(all.cents["alice"] == 7);
}

BOOST_AUTO_TEST_CASE(over_several_workers) {
  // begin: partitions
  std::vector<mailer> workers(2);
  const auto run = ec::unwrap(ec::run(store, ec::partitioned(workers)));
  // end: partitions
  BOOST_TEST(run.applied == 3U);
  BOOST_TEST(workers[0].sent + workers[1].sent == 3);
}

BOOST_AUTO_TEST_CASE(waiting_and_auditing) {
  history seen;
  ec::unwrap(ec::run(store, seen));
  // begin: read-your-writes
  const auto paid = ec::unwrap(ec::execute(store, deposit{{"alice"}, 5}));
  const auto shown = ec::wait_until(store, "history", paid.first, 10ms);
  // end: read-your-writes
  BOOST_REQUIRE(!shown);
  BOOST_CHECK(shown.error().code == ec::errc::timed_out); // nobody runs it here
  ec::unwrap(ec::run(store, seen));
  const auto reached = ec::unwrap(ec::wait_until(store, "history", paid.first, 10ms));
  // begin: audit
  const auto report = ec::unwrap(ec::audit(store, seen, seen.applied, reached.position));
  for (const auto& problem : report.problems)
    fmt::print("{}\n", problem);
  // end: audit
  BOOST_TEST(report.is_clean());
  BOOST_TEST(report.events == 4U);
}

BOOST_AUTO_TEST_CASE(effects_outside) {
  std::vector<std::string> printer;
  // begin: continuous
  receipts printed{printer};
  ec::projection_options options{.until = ec::run_until::stopped, .failing = ec::give_up::skip};
  options.retry = {.retries = 5, .initial = 100ms};
  options.save_interval = 100ms; // so much may come again after a crash
  options.on_trouble = [](const ec::projection_trouble& met) {
    fmt::print(stderr, "{}\n", met.why.text());
  };
  std::jthread printing{[&](const std::stop_token& stop) {
    ec::unwrap(ec::run(store, printed, options, stop)); // until the thread is asked to stop
  }};
  // end: continuous
  while (!ec::unwrap(store.load_checkpoint("receipts")))
    std::this_thread::yield();
  printing.request_stop();
  printing.join();
  BOOST_TEST(printer == (std::vector<std::string>{"1: 5 for alice", "4: 2 for alice"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(plain_reading) {
  std::uint64_t seen = 0;
  ec::checkpoint kept;
  {
    // begin: subscription
    auto sub = ec::unwrap(ec::subscribe(store, {.from = kept, .filter = {.kinds = {"account"}}}));
    const auto batch = ec::unwrap(sub.next(250ms));
    for (const auto& event : batch.events)
      fmt::print("{} {} {}\n", event.position.value, event.stream, event.type);
    kept = sub.reached(); // go on after this, here or after a restart
    // end: subscription
    seen += batch.events.size();
  }
  BOOST_TEST(seen == 4U);
  BOOST_TEST(kept.position.value == 4U);
}

BOOST_AUTO_TEST_CASE(reading_by_a_function) {
  std::uint64_t seen = 0;
  std::stop_source enough;
  // begin: follow
  const auto reached = ec::unwrap(ec::follow(
    store, {.filter = {.types = {"account.money_deposited"}}},
    [&](const ec::log_batch& batch) -> ec::result<> {
      seen += batch.events.size();
      if (seen >= 3)
        enough.request_stop();
      return {};
    },
    enough.get_token()));
  // end: follow
  BOOST_TEST(seen == 3U);
  BOOST_TEST(reached.position.value == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
