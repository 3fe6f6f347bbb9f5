#include "actors/support/following.hpp"
#include "actors/support/postgres.hpp"
#include "support/wait_until.hpp"

#include <eventcore/projection_host.hpp>
#include <eventcore/stores/postgres.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include <boost/test/unit_test.hpp>

using namespace following;
using ec::projection_state;
using postgres_tests::server;
using support::wait_until;

// Programs that run one projection on one PostgreSQL database.
namespace {

/// A database of its own.
struct database {
  database() {
    static int count = 0;
    name = fmt::format("projections_{}", ++count);
    server().create_database(name);
  }

  auto open() const -> std::shared_ptr<ec::event_store> {
    return ec::unwrap(ec::postgres::open(server().url(name), ec::store_settings{}));
  }

  std::string name;
};

auto since(std::chrono::steady_clock::time_point began) {
  return std::chrono::steady_clock::now() - began;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_projections, database)

BOOST_AUTO_TEST_CASE(one_leads_the_other_stands_by_and_a_clean_stop_hands_over_at_once) {
  notes one;
  notes other;
  program first{open()};
  program second{open()};
  const auto leads = ec::unwrap(first.runtime.run(one, live()));
  ec::unwrap(leads.wait_until(first.deposit_many(20), 30s));
  const auto waits = ec::unwrap(second.runtime.run(other, live()));
  wait_until("the other stands by",
             [&] { return waits.status().state == projection_state::standing_by; });
  ec::unwrap(leads.wait_until(second.deposit_many(20), 30s));
  BOOST_TEST(other.seen.positions().empty());
  const auto began = std::chrono::steady_clock::now();
  first.runtime.stop();
  ec::unwrap(waits.wait_until(second.deposit(1).first, 30s));
  BOOST_TEST((since(began) < 1s));
  BOOST_TEST(one.seen.positions() == first_positions(40), boost::test_tools::per_element());
  BOOST_TEST(other.seen.positions() == std::vector<std::uint64_t>{41},
             boost::test_tools::per_element());
}

// It hangs, so it gives nothing back, and when it wakes it may not move the checkpoint.
BOOST_AUTO_TEST_CASE(a_leader_that_hangs_is_replaced_in_time_and_superseded) {
  notes its_notes;
  notes all;
  const auto its_store = open();
  const ec::environment around;
  ec::projection_host hanging{*its_store, ec::make_applier(its_notes), live(), around};
  while (hanging.status().state != projection_state::live)
    BOOST_REQUIRE((!std::holds_alternative<ec::projection_host::ended>(hanging.step())));
  const auto began = std::chrono::steady_clock::now();
  program p{open()};
  const auto running = ec::unwrap(p.runtime.run(all, live()));
  const auto last = p.deposit_many(20);
  ec::unwrap(running.wait_until(last, 30s));
  const auto took = since(began);
  BOOST_TEST_MESSAGE("taken over after " << took / 1ms << " ms");
  BOOST_TEST((took > 1s)); // not before its term was over
  BOOST_TEST((took < 6s)); // within 5 s, and what a busy machine takes
  wait_until("it stands by", [&] {
    static_cast<void>(hanging.step());
    return hanging.status().state == projection_state::standing_by;
  });
  BOOST_TEST(its_notes.seen.positions().empty());
  BOOST_TEST(all.seen.positions() == first_positions(20), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_waits_for_the_checkpoint_of_another_program) {
  notes all;
  program writes{open()};
  program reads{open()};
  auto options = live();
  options.save_interval = 1ms;
  ec::unwrap(reads.runtime.run(all, options));
  ec::execute_options awaiting;
  awaiting.await = {"notes"};
  awaiting.await_deadline = 10min;
  for (int i = 1; i <= 20; ++i) {
    const auto done = writes.deposit(1, awaiting);
    BOOST_TEST((done.awaited == std::vector<ec::awaited_projection>{{"notes", true}}));
    BOOST_REQUIRE(all.seen.cents() == i);
  }
}

BOOST_AUTO_TEST_SUITE_END()
