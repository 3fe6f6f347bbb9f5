#include "actors/support/world.hpp"
#include "support/meters.hpp"

#include <eventcore/load.hpp>
#include <eventcore/snapshot_state.hpp>

#include <string>

using namespace meters;
using namespace support;

namespace {

using ec::snapshot_fate;

const ec::stream<meter> first{"1"};

/// Reads one stream under two views.
struct look_twice {
  ec::stream<meter> at;
  ec::stream<meter, sum_of> same;

  auto handle(const meter& one, const sum_of&, ec::emit<look_twice>& emit) const -> ec::result<> {
    emit.to(at, counted{one.count});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(look_twice, (), (at, same))

auto every(std::size_t events) -> ec::runtime_settings {
  auto settings = world::one_of_each();
  settings.snapshots.every = events;
  return settings;
}

void count_to(world& w, std::uint64_t last) {
  for (std::uint64_t n = 1; n <= last; ++n)
    w.execute(count{first, n});
}

auto found(world& w, std::string_view view = "meter") -> std::optional<ec::snapshot> {
  return ec::unwrap(w.store->inner().load_snapshot(first.id(), view));
}

auto version(const std::optional<ec::snapshot>& one) -> std::uint64_t {
  return one ? one->head.version.value : 0;
}

/// The snapshot is what the log's events up to there add up to.
void check_right(world& w, const ec::view_type& view) {
  const auto kept = found(w, view.name);
  BOOST_REQUIRE(kept);
  const auto page = ec::unwrap(
    w.store->inner().read({.stream = first.id(), .before = {kept->head.version.value + 1}}));
  auto state = view.create();
  ec::stream_head head;
  ec::unwrap(ec::fold(view, page, state.get(), head));
  BOOST_TEST((*kept == ec::unwrap(ec::make_snapshot(first.id(), view, {head, std::move(state)}))));
}

/// The state is the fold of all events.
void check_state(world& w, std::uint64_t events) {
  const auto before = ec::unwrap(ec::load(w.store->inner(), first, {.version = {1'000'000}}));
  BOOST_TEST(before.state.count == events);
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshots_of_actors)

BOOST_AUTO_TEST_CASE(a_state_becomes_a_snapshot_when_its_events_are_durable) {
  world w{every(3)};
  count_to(w, 4);
  w.run({the_log_writer});
  w.node_context->snapshots->flush();
  BOOST_TEST(w.store->saves == 0U); // decided and not written
  w.run();
  BOOST_TEST(w.store->saves == 0U); // never by a command
  w.node_context->snapshots->flush();
  BOOST_TEST(version(found(w)) == 3U);
  check_right(w, ec::view_type_of<meter>); // untouched by the event after it
  BOOST_CHECK(
    (w.watching->snapshots == std::vector{std::pair{std::string{"meter"}, snapshot_fate::saved}}));
}

BOOST_AUTO_TEST_CASE(a_state_waits_for_its_own_events_and_not_for_earlier_ones) {
  auto settings = every(3);
  settings.log_writer.max_batch = 1;
  world w{settings};
  count_to(w, 4);
  w.run({the_log_writer});
  while (w.store->appends == 0)
    w.step();
  w.run({the_log_writer}); // the first event is durable, and known to be
  w.node_context->snapshots->flush();
  BOOST_TEST(w.store->saves == 0U);
  w.run();
  w.node_context->snapshots->flush();
  BOOST_TEST(version(found(w)) == 3U);
}

BOOST_AUTO_TEST_CASE(the_newest_that_is_durable_is_kept) {
  world w{every(3)};
  count_to(w, 7);
  w.run();
  w.node_context->snapshots->flush();
  count_to(w, 4);
  w.run();
  w.node_context->snapshots->flush();
  BOOST_TEST(version(found(w)) == 9U);
  check_right(w, ec::view_type_of<meter>);
}

BOOST_AUTO_TEST_CASE(what_was_decided_in_vain_is_in_no_snapshot) {
  world w{every(2)};
  count_to(w, 1);
  w.run();
  count_to(w, 3);
  w.run({the_log_writer}); // versions 2 to 4 are decided
  w.stranger(count{first, 77});
  w.run();
  w.pass(1s); // all were refused, and decided again
  w.node_context->snapshots->flush();
  BOOST_TEST(w.store->saves == 1U);
  check_state(w, 5);
  BOOST_TEST(version(found(w)) == 4U);
  check_right(w, ec::view_type_of<meter>);
}

BOOST_AUTO_TEST_CASE(what_was_decided_in_vain_is_not_even_tried) {
  world w{every(2)};
  count_to(w, 1);
  w.run();
  count_to(w, 3);
  w.run({the_log_writer});
  w.stranger(count{first, 77});
  for (int i = 0; i < 100; ++i) {
    while (w.step())
      w.node_context->snapshots->flush();
    w.pass(10ms, {the_log_writer});
  }
  check_state(w, 5);
  BOOST_TEST(w.watching->snapshots.size() == w.store->saves); // all that were tried are in the log
  BOOST_TEST(version(found(w)) == 4U);
}

BOOST_AUTO_TEST_CASE(all_views_in_memory_become_snapshots) {
  world w{every(2)};
  w.execute(look_twice{first, first.as<sum_of>()});
  w.execute(look_twice{first, first.as<sum_of>()});
  w.run();
  w.node_context->snapshots->flush();
  BOOST_TEST(version(found(w)) == 2U);
  BOOST_TEST(version(found(w, "sum_of")) == 2U);
  check_right(w, ec::view_type_of<meter>);
  check_right(w, ec::view_type_of<meter, sum_of>);
}

BOOST_AUTO_TEST_CASE(a_cold_stream_is_loaded_from_its_snapshot) {
  world w{every(10)};
  count_to(w, 35);
  w.run();
  w.node_context->snapshots->flush();
  w.pass(w.node_context->settings.streams.idle_after * 2);
  BOOST_TEST(w.active_streams() == 0U);
  const auto reads = w.store->reads;
  const auto one = w.execute(count{first, 36});
  w.run();
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.store->reads == reads + 2); // its first page and its tail
  const auto next = w.execute(look_twice{first, first.as<sum_of>()});
  w.run();
  BOOST_TEST(w.succeeded(next));
  const auto events = ec::unwrap(w.store->inner().read({.stream = first.id(), .after = {36}}));
  BOOST_TEST(events.events.at(0).payload == R"({"n":36})"); // what it saw: all of them
  w.check_at_rest();
}

BOOST_AUTO_TEST_CASE(a_stream_that_others_wrote_gets_its_snapshot_when_it_is_loaded) {
  world w{every(10)};
  for (std::uint64_t n = 1; n <= 12; ++n)
    w.stranger(count{first, n});
  w.execute(count{first, 13});
  w.run();
  w.node_context->snapshots->flush();
  BOOST_TEST(version(found(w)) == 12U);
  check_right(w, ec::view_type_of<meter>);
}

BOOST_AUTO_TEST_CASE(a_damaged_snapshot_is_told_of_and_replaced) {
  world w{every(10)};
  for (std::uint64_t n = 1; n <= 12; ++n)
    w.stranger(count{first, n});
  const auto head = ec::unwrap(ec::load(w.store->inner(), first)).head;
  BOOST_TEST(
    ec::unwrap(w.store->inner().save_snapshot({first.id(), "meter", "?", head, "damaged"})));
  const auto one = w.execute(count{first, 13});
  w.run();
  BOOST_TEST(w.succeeded(one));
  w.node_context->snapshots->flush();
  check_right(w, ec::view_type_of<meter>);
  BOOST_REQUIRE(w.watching->snapshots.size() == 2U);
  BOOST_CHECK(w.watching->snapshots[0].second == snapshot_fate::ignored);
  BOOST_CHECK(w.watching->snapshots[1].second == snapshot_fate::saved);
}

BOOST_AUTO_TEST_CASE(a_kind_may_be_left_out) {
  auto settings = every(2);
  settings.snapshots.kinds = "meter=0";
  world w{settings};
  count_to(w, 9);
  w.run();
  w.node_context->snapshots->flush();
  BOOST_TEST(!found(w));
}

BOOST_AUTO_TEST_CASE(the_death_of_an_owner_loses_no_more_than_a_snapshot) {
  world w{every(3)};
  count_to(w, 5);
  w.run({the_log_writer});
  w.kill(a_stream);
  w.run();
  w.pass(1s);
  const auto next = w.execute(count{first, 6});
  w.run();
  BOOST_TEST(w.succeeded(next));
  w.node_context->snapshots->flush();
  if (found(w))
    check_right(w, ec::view_type_of<meter>);
  check_state(w, 6);
  w.check_at_rest();
}

BOOST_AUTO_TEST_SUITE_END()
