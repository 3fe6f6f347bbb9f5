#include "sql/broken_store.hpp"
#include "sql/support.hpp"

#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace sql_tests;
using namespace std::chrono_literals;

// A projection whose `apply` takes no transaction gathers the next page while one is under way.

namespace {

/// What became of the events, whichever copy took them.
struct record {
  std::mutex guard{};
  std::uint64_t taken = 0;
  std::set<std::thread::id> threads{};

  void note() {
    const std::lock_guard lock{guard};
    ++taken;
    threads.insert(std::this_thread::get_id());
  }
};

constexpr std::int64_t poison = 1001;

struct gathering : balances {
  std::shared_ptr<record> seen;

  explicit gathering(std::shared_ptr<record> by) : seen{std::move(by)} {}

  void apply(const accounts::money_deposited& e, const ec::event_info& about) {
    seen->note();
    if (e.cents == poison)
      throw std::runtime_error{"out of luck"};
    balances::apply(e, about);
  }
  void apply(const accounts::money_withdrawn& e, const ec::event_info& about) {
    seen->note();
    balances::apply(e, about);
  }
};

/// Takes the transaction with one of its events, and does nothing with it.
struct in_transaction : gathering {
  using gathering::apply;
  using gathering::gathering;

  void apply(const accounts::money_withdrawn& e, const ec::event_info& about, ec::sql_context&) {
    gathering::apply(e, about);
  }
};

auto pages_of(std::size_t events) -> ec::projection_options {
  ec::projection_options options{.page = {.events = events}};
  options.store.initial = 1ms;
  options.retry.initial = 1ms;
  return options;
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(each_event_is_gathered_once_beside_the_transactions, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(95);
  const auto seen = std::make_shared<record>();
  must(ec::run(*store, ec::sql_projection(gathering{seen}), pages_of(10)));
  BOOST_TEST(check_read_model(*store).value == 95);
  BOOST_TEST(seen->taken == 95);
  BOOST_TEST(seen->threads.size() == 2); // the first page is not read ahead
  BOOST_TEST(seen->threads.contains(std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_takes_the_transaction_waits_for_it, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(95);
  const auto seen = std::make_shared<record>();
  must(ec::run(*store, ec::sql_projection(in_transaction{seen}), pages_of(10)));
  BOOST_TEST(check_read_model(*store).value == 95);
  BOOST_TEST(seen->taken == 95);
  BOOST_TEST((seen->threads == std::set{std::this_thread::get_id()}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_gathered_is_written_once_whatever_becomes_of_a_transaction,
                              backend, backends) {
  bool all_were_reached = false;
  for (int at = 0; !all_were_reached; ++at)
    for (const auto how : {breakage::unavailable, breakage::undone, breakage::unknown})
      BOOST_TEST_CONTEXT("transaction " << at << ", breakage " << static_cast<int>(how)) {
        backend database;
        const auto store = must(database.open({}));
        bank{*store}.fill(35);
        broken_store broken{store, at, how};
        const auto seen = std::make_shared<record>();
        must(ec::run(broken, ec::sql_projection(gathering{seen}), pages_of(10)));
        BOOST_TEST(check_read_model(*store).value == 35);
        all_were_reached = !broken.was_reached();
      }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_event_that_fails_while_it_is_gathered_fails_in_its_turn, backend,
                              backends) {
  backend database;
  const auto store = must(database.open({}));
  bank money{*store};
  money.fill(24);
  money.move("alice", {poison});
  money.fill(20);
  auto options = pages_of(10);
  options.failing = ec::give_up::skip;
  options.retry.retries = 2;
  std::vector<std::uint32_t> attempts;
  options.on_trouble = [&](const ec::projection_trouble& met) {
    BOOST_REQUIRE(met.event);
    BOOST_TEST(met.event->position.value == 25);
    attempts.push_back(met.attempt);
  };
  const auto seen = std::make_shared<record>();
  const auto run = must(ec::run(*store, ec::sql_projection(gathering{seen}), options));
  BOOST_TEST(run.applied == 44);
  BOOST_TEST(run.skipped == 1);
  BOOST_TEST(attempts == (std::vector<std::uint32_t>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST((look(*store).rows == fold(*store, {45}, {25})));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_page_is_no_longer_than_what_is_saved_at_once, backend, backends) {
  backend database;
  const auto store = must(database.open({}));
  bank{*store}.fill(95);
  auto options = pages_of(50);
  options.save_events = 10;
  const auto seen = std::make_shared<record>();
  must(ec::run(*store, ec::sql_projection(gathering{seen}), options));
  BOOST_TEST(check_read_model(*store).value == 95);
  BOOST_TEST(seen->taken == 95); // each once, so whole pages were gathered
}
