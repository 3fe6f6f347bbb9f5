#include "bench/inline_host.hpp"
#include "domain.hpp"

#include <eventcore/stores/memory.hpp>

#include <atomic>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;
using namespace std::chrono_literals;

namespace {

auto options_for(stress::scenario which) -> stress::options {
  return {.scenario = which, .concurrency = 4};
}

/// Answers nothing but `why`, at once.
auto refuse(ec::errc why) -> stress::send_command {
  return [why](const ec::any_command&, const stress::on_done& done) { done(ec::fail(why, "no")); };
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_clients)

BOOST_AUTO_TEST_CASE(exactly_the_given_number_of_commands_is_sent) {
  const auto store = ec::memory::open();
  const auto work = stress::make_workload(options_for(stress::scenario::throughput), {});
  stress::clients all{*work, 4, 1};
  all.run(stress::execute_inline(*store), {.commands = 1001});
  BOOST_TEST(all.told_so_far({}).all().succeeded == 1001U);
  BOOST_TEST(all.answered() == 1001U);
  BOOST_TEST(all.latency().count() == 1001U);
  BOOST_TEST(ec::unwrap(store->head()).position.value == 1001U);
}

BOOST_AUTO_TEST_CASE(clients_that_rest_send_nothing_and_their_latency_may_not_count) {
  const auto store = ec::memory::open();
  const auto work = stress::make_workload(options_for(stress::scenario::throughput), {});
  stress::clients all{*work, 4, 1};
  all.run(stress::execute_inline(*store), {.commands = 10}, stress::part{.first = 0, .count = 3});
  all.run(stress::execute_inline(*store), {.commands = 7},
          stress::part{.first = 3, .count = 1, .timed = false});
  BOOST_TEST(all.told_so_far({}).sum(0, 3).succeeded == 10U);
  BOOST_TEST(all.told_so_far({}).sum(3, 1).succeeded == 7U);
  BOOST_TEST(all.latency().count() == 10U);
}

BOOST_AUTO_TEST_CASE(answers_on_the_sending_thread_do_not_nest) {
  const auto work = stress::make_workload(options_for(stress::scenario::contention), {});
  stress::clients all{*work, 1, 1};
  constexpr std::uint64_t many = 500'000; // frames of any size would not fit a stack
  all.run(refuse(ec::errc::rule_violated), {.commands = many});
  BOOST_TEST(all.told_so_far({}).all().rejected == many);
}

BOOST_AUTO_TEST_CASE(answers_from_other_threads_keep_the_loop_going) {
  const auto store = ec::memory::open();
  const auto work = stress::make_workload(options_for(stress::scenario::transfers), {});
  stress::clients all{*work, 4, 1};
  std::vector<std::jthread> answering;
  std::mutex lock;
  all.run(
    [&](const ec::any_command& command, const stress::on_done& done) {
      const std::lock_guard held{lock};
      answering.emplace_back([&store, command, done] { done(ec::execute(*store, command)); });
    },
    {.commands = 100});
  const auto told = all.told_so_far({}).all();
  BOOST_TEST(told.succeeded + told.failed == 100U);
}

BOOST_AUTO_TEST_CASE(time_ends_a_round) {
  const auto store = ec::memory::open();
  const auto work = stress::make_workload(options_for(stress::scenario::saturation), {});
  stress::clients all{*work, 1, 1};
  const auto took = all.run(stress::execute_inline(*store), {.time = 20ms});
  BOOST_TEST((took >= 20ms));
  BOOST_TEST(all.told_so_far({}).all().succeeded > 0U);
}

BOOST_AUTO_TEST_CASE(an_overloaded_client_waits_before_it_goes_on) {
  const auto work = stress::make_workload(options_for(stress::scenario::contention), {});
  stress::clients all{*work, 1, 1};
  const auto took = all.run(refuse(ec::errc::overloaded), {.commands = 10});
  BOOST_TEST(all.told_so_far({}).all().overloaded == 10U);
  BOOST_TEST((took >= 9ms));
  BOOST_TEST(all.failures().at("overloaded") == 10U);
  BOOST_TEST(all.first_failure().find("no") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(commands_without_an_answer_are_told) {
  const auto work = stress::make_workload(options_for(stress::scenario::contention), {});
  stress::clients all{*work, 3, 1};
  all.run([](const ec::any_command&, const stress::on_done&) {}, {.commands = 10}, {}, 10ms);
  BOOST_TEST(all.told_so_far({}).unanswered == 3U);
}

BOOST_AUTO_TEST_CASE(samples_are_taken_while_clients_work) {
  const auto store = ec::memory::open();
  const auto work = stress::make_workload(options_for(stress::scenario::contention), {});
  stress::clients all{*work, 1, 1};
  std::atomic<int> samples = 0;
  std::jthread answering;
  all.run(
    [&](const ec::any_command& command, const stress::on_done& done) {
      answering = std::jthread{[&store, &samples, command, done] {
        samples.wait(0); // the answer comes after the first sample
        done(ec::execute(*store, command));
      }};
    },
    {.commands = 1}, {.every = 1ms, .look = [&](auto) {
                        ++samples;
                        samples.notify_all();
                      }});
  BOOST_TEST(samples > 0);
}

BOOST_AUTO_TEST_SUITE_END()
