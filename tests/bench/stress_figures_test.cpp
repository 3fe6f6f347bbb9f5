#include "domain.hpp"
#include "latencies.hpp"
#include "limit_series.hpp"
#include "report.hpp"
#include "run.hpp"
#include "stress/limits.hpp"

#include <eventcore/stores/memory.hpp>

#include <cmath>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace ec = eventcore;
using namespace std::chrono_literals;

namespace {

auto memory_of(std::initializer_list<std::uint64_t> mib) -> std::vector<stress::memory_sample> {
  std::vector<stress::memory_sample> samples;
  for (const auto one : mib)
    samples.push_back({.rss_bytes = one * 1024 * 1024});
  return samples;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_figures)

BOOST_AUTO_TEST_CASE(quantiles_are_within_half_a_percent) {
  BOOST_TEST(rc::check("quantiles", [](std::vector<std::uint32_t> values) {
    RC_PRE(!values.empty());
    stress::latencies all;
    for (const auto value : values)
      all.add(std::chrono::nanoseconds{value});
    std::ranges::sort(values);
    for (const auto part : {0.0, 0.5, 0.99, 1.0}) {
      const auto rank = std::max(std::ceil(part * static_cast<double>(values.size())), 1.0);
      const auto exact = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
      const auto found = static_cast<double>(all.quantile(part).count());
      RC_ASSERT(found >= exact && found <= exact * 1.004);
    }
    RC_ASSERT(all.longest().count() == values.back());
  }));
}

BOOST_AUTO_TEST_CASE(a_latency_past_the_last_bucket_counts) {
  stress::latencies all;
  all.add(1h);
  BOOST_TEST(all.count() == 1U);
  BOOST_TEST((all.longest() == 1h));
}

BOOST_AUTO_TEST_CASE(no_latency_gives_nothing) {
  const stress::latencies none;
  BOOST_TEST(none.quantile(0.5).count() == 0);
}

BOOST_AUTO_TEST_CASE(every_event_has_200_bytes) {
  BOOST_TEST(ec::to_json(stress::money_deposited{1, stress::money_note()}).size() == 200U);
  BOOST_TEST(ec::to_json(stress::money_withdrawn{1, stress::money_note()}).size() == 200U);
  BOOST_TEST(ec::to_json(stress::pieces_received{9, stress::pieces_note()}).size() == 200U);
  BOOST_TEST(ec::to_json(stress::pieces_taken{1, stress::pieces_note()}).size() == 200U);
  BOOST_TEST(ec::to_json(stress::order_placed{stress::note(2)}).size() == 200U);
}

BOOST_AUTO_TEST_CASE(write_sets_have_the_shape_that_was_asked_for) {
  bench::write_set_source source{{.sets = 7, .events_per_set = 2, .streams = 3}};
  source.next();
  BOOST_TEST(source.sets().size() == 7U);
  BOOST_TEST(source.rows().size() == 14U);
  for (const auto& set : source.sets())
    BOOST_TEST(ec::validate(set, {}).has_value());
  BOOST_TEST(source.sets().front().events.front().payload.size() == 200U);
}

BOOST_AUTO_TEST_CASE(batches_follow_on_each_other) {
  const auto store = ec::memory::open();
  const auto times =
    bench::time_section(*store, {.sets = 5, .events_per_set = 2, .streams = 3}, {.batches = 4});
  BOOST_TEST(times.size() == 4U);
  BOOST_TEST(ec::unwrap(store->head()).position.value == 40U);
}

BOOST_AUTO_TEST_CASE(the_shape_has_about_as_many_rows) {
  BOOST_TEST(stress::shape_for(210.4, 1, 20).sets == 210U);
  BOOST_TEST(stress::shape_for(210.4, 2, 10).sets == 105U);
  BOOST_TEST(stress::shape_for(0.2, 1, 1).rows() == 1U);
}

BOOST_AUTO_TEST_CASE(the_median_of_an_even_number_lies_between) {
  BOOST_TEST(stress::median({4, 1, 2, 3}) == 2.5);
  BOOST_TEST(stress::median({3, 1, 2}) == 2);
  BOOST_TEST(stress::median({}) == 0);
}

BOOST_AUTO_TEST_CASE(what_has_no_figure_is_null) {
  const auto text = ec::to_json(stress::report{});
  BOOST_TEST(text.find(R"("raw_events_per_s":null)") != std::string::npos);
  BOOST_TEST(text.find(R"("fsync_us":null)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(memory_that_grows_is_found) {
  const stress::options given{.store = "sqlite:x.db"};
  BOOST_TEST(!stress::check_memory(given, memory_of({600, 700}))->pass);
  BOOST_TEST(!stress::check_memory(given, memory_of({100, 300, 500, 700}))->pass);
  BOOST_TEST(stress::check_memory(given, memory_of({600, 610}))->pass);
  BOOST_TEST(stress::check_memory(given, memory_of({10, 600, 600, 610}))->pass);
  BOOST_TEST(!stress::check_memory(given, memory_of({600})));
  BOOST_TEST(!stress::check_memory({}, memory_of({600, 700})));
}

BOOST_AUTO_TEST_SUITE_END()
