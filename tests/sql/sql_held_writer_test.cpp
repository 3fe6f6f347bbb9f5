#include "sql/support.hpp"
#include "support/row_holder.hpp"
#include "support/wait_until.hpp"

#include <eventcore/audit.hpp>
#include <eventcore/wait_until.hpp>

#include <chrono>
#include <future>
#include <thread>

using namespace sql_tests;
using namespace std::chrono_literals;

// Two programs write; one is held by a lock inside its transaction, before the other one, which so commits
// later. Others' systems passed over the event of the one that was held.

namespace {

struct positions {
  static constexpr std::string_view name = "positions";
  using streams = ec::kinds<accounts::account>;

  std::vector<ec::log_position> applied{};

  void apply(const accounts::money_deposited&, const ec::event_info& about) {
    applied.push_back(about.position);
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(no_event_of_a_writer_that_is_held_is_passed_over) {
  postgres_backend database;
  const auto first = must(database.open({}));
  const auto second = must(database.open({}));
  const auto reading = must(database.open({}));
  bank one{*first};
  bank other{*second};
  one.move("held", {1});
  other.move("free", {1});

  ec::projection_options options{.until = ec::run_until::stopped};
  options.save_events = 1;
  positions seen;
  std::jthread listing{
    [&](const std::stop_token& stop) { must(ec::run(*reading, seen, options, stop)); }};
  std::jthread summing{[&](const std::stop_token& stop) {
    must(ec::run(*reading, ec::sql_projection<balances>(), options, stop));
  }};
  const auto both_are_at = [&](std::uint64_t position) {
    for (const auto* name : {"positions", "balances"})
      must(ec::wait_until(*reading, name, {position}, 30s));
  };
  constexpr std::uint64_t rounds = 10;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    both_are_at(2 * round);
    support::row_holder holder{database.connect(), "streams WHERE id = 'account-held'"};
    auto held = std::async(std::launch::async, [&] { one.move("held", {1}); });
    holder.wait_for_queue(1);
    auto free = std::async(std::launch::async, [&] { other.move("free", {1}); });
    holder.wait_for_queue(2);
    BOOST_TEST(must(reading->head()).position.value == 2 * round);
    holder.let_go();
    held.get();
    free.get();
  }
  both_are_at(2 * rounds + 2);
  listing = {};
  summing = {};
  const auto report = must(ec::audit(*reading, seen, seen.applied, {2 * rounds + 2}));
  BOOST_TEST(report.is_clean());
  BOOST_TEST(report.events == 2 * rounds + 2);
  BOOST_TEST(check_read_model(*reading).value == 2 * rounds + 2);
}
