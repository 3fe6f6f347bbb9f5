#include "support/accounts.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/projection.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace accounts;
using namespace ec::testing;

namespace {

/// All events of its kind, with what is known about each.
struct journal {
  static constexpr std::string_view name = "journal";
  using streams = ec::kinds<account>;

  std::vector<std::string> lines;
  std::vector<ec::event_info> infos;

  void apply(const money_deposited& e, const ec::event_info& about) {
    lines.push_back(std::string{about.key()} + " +" + std::to_string(e.cents));
    infos.push_back(about);
  }
  void apply(const money_withdrawn& e) { lines.push_back("-" + std::to_string(e.cents)); }
};

/// Some events of two kinds.
struct shipments {
  static constexpr std::string_view name = "shipments";
  using streams = ec::kinds<order, stock>;
  static constexpr ec::stream_pattern reads{.prefix = "order-", .glob = "*-eu"};

  int shipped = 0;
  int stored = 0;

  void apply(const order_shipped&) { ++shipped; }
  void apply(const stock_added& e) { stored += e.pieces; }
};

struct renamed {
  static constexpr std::array<std::string_view, 2> aliases{"older", "oldest"};
};
BOOST_DESCRIBE_STRUCT(renamed, (), ())
struct other {};
BOOST_DESCRIBE_STRUCT(other, (), ())
struct thing {
  using events = ec::events<renamed, other>;
};
struct renames {
  static constexpr std::string_view name = "renames";
  using streams = ec::kinds<thing>;
  int seen = 0;
  void apply(const renamed&) { ++seen; }
};

struct picky {
  static constexpr std::string_view name = "picky";
  using streams = ec::kinds<account>;
  std::int64_t sum = 0;
  bool was_reset = false;

  auto apply(const money_deposited& e) -> ec::result<> {
    if (e.cents == 13)
      return ec::fail(ec::errc::rule_violated, "thirteen");
    sum += e.cents;
    return {};
  }
  void apply(const money_withdrawn& e) {
    if (e.cents == 13)
      throw std::runtime_error{"bad luck"};
    if (e.cents == 14)
      throw 14;
    sum -= e.cents;
  }
  void reset() {
    if (sum < 0)
      throw std::runtime_error{"in debt"};
    was_reset = true;
    sum = 0;
  }
};

auto deposited(int cents) -> std::string { return "{\"cents\":" + std::to_string(cents) + "}"; }

struct ids_fixture {
  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(projections, ids_fixture)

BOOST_AUTO_TEST_CASE(one_that_applies_all_events_reads_its_kinds_whole) {
  journal all;
  const ec::any_projection any{all};
  BOOST_TEST(any.name() == "journal");
  const auto filter = any.type().filter();
  BOOST_TEST(filter.kinds == std::vector<std::string>{"account"});
  BOOST_TEST(filter.types.empty());
  BOOST_TEST(filter.prefix.empty());
}

BOOST_AUTO_TEST_CASE(one_that_applies_some_events_reads_these_only) {
  shipments some;
  const auto filter = ec::any_projection{some}.type().filter();
  BOOST_TEST(filter.types == (std::vector<std::string>{"order.order_shipped", "stock.stock_added"}),
             boost::test_tools::per_element());
  BOOST_TEST(filter.kinds.empty());
  BOOST_TEST(filter.prefix == "order-");
  BOOST_TEST(filter.glob == "*-eu");
}

BOOST_AUTO_TEST_CASE(old_names_of_an_event_are_read_too) {
  renames some;
  const ec::any_projection any{some};
  BOOST_TEST(any.type().filter().types
               == (std::vector<std::string>{"thing.renamed", "thing.older", "thing.oldest"}),
             boost::test_tools::per_element());
  const auto page = stream_of("thing-1").event("older").event("renamed").page(ids);
  BOOST_TEST(any.apply(page.events).count == 2U);
  BOOST_TEST(some.seen == 2);
}

BOOST_AUTO_TEST_CASE(apply_sees_what_is_known_about_the_event) {
  const auto store = ec::memory::open();
  ec::execute_options options;
  options.metadata.actor = "anna";
  ec::unwrap(ec::execute(*store, deposit{{"alice"}, 5}, options));
  ec::unwrap(ec::execute(*store, transfer{{"alice"}, {"bob"}, 3}));
  const auto page = ec::unwrap(store->read(ec::read_log{}));
  journal all;
  BOOST_TEST(ec::any_projection{all}.apply(page.events).count == 3U);
  BOOST_TEST(all.lines == (std::vector<std::string>{"alice +5", "-3", "bob +3"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(all.infos.size(), 2U);
  const auto& about = all.infos[1];
  BOOST_TEST(about.position.value == 3U);
  BOOST_TEST(about.version.value == 1U);
  BOOST_TEST(about.stream == "account-bob");
  BOOST_CHECK(about.commit == page.events[2].commit);
  BOOST_CHECK(about.id == page.events[2].id);
  BOOST_CHECK(about.recorded_at == page.events[2].recorded_at);
  BOOST_TEST(ec::unwrap(about.metadata()).actor.empty());
  BOOST_TEST(ec::unwrap(all.infos[0].metadata()).actor == "anna");
}

BOOST_AUTO_TEST_CASE(unreadable_metadata_is_a_failure_that_names_the_event) {
  const ec::event_info about{.position = {7}, .stream = "account-a", .metadata_json = "{"};
  must_fail(about.metadata(), ec::errc::codec_failed, "position 7 of stream account-a");
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_kind_is_its_own_key) {
  BOOST_TEST(ec::event_info{.stream = "Some-thing"}.key() == "Some-thing");
}

BOOST_AUTO_TEST_CASE(what_fails_is_named_and_what_came_before_it_is_counted) {
  picky strict;
  const ec::any_projection any{strict};
  const auto stops = [&](const char* type, const std::string& payload, ec::errc code,
                         std::string_view part) {
    auto stream = stream_of("account-a");
    const auto page = stream.event("money_deposited", deposited(1))
                        .event(type, payload)
                        .event("money_deposited", deposited(1))
                        .page(ids);
    const auto done = any.apply(page.events);
    BOOST_TEST(done.count == 1U);
    BOOST_REQUIRE(done.stopped_by);
    check_failure(*done.stopped_by, code, part, source_location::current());
    BOOST_TEST(done.stopped_by->detail.starts_with(
      "projection 'picky' cannot take event '" + std::string{type}
      + "' of stream account-a at position 2 (version 2): "));
  };
  stops("money_deposited", deposited(13), ec::errc::rule_violated, "thirteen");
  stops("money_withdrawn", deposited(13), ec::errc::handler_failed, "apply() threw: bad luck");
  stops("money_withdrawn", deposited(14), ec::errc::handler_failed, "no std::exception");
  stops("money_deposited", "{}", ec::errc::codec_failed, "cents");
  stops("money_frozen", "{}", ec::errc::codec_failed, "lists no event 'money_frozen'");
  BOOST_TEST(strict.sum == 5);
}

BOOST_AUTO_TEST_CASE(an_event_in_another_version_is_not_guessed_at) {
  auto page = stream_of("account-a").event("money_deposited", deposited(1)).page(ids);
  page.events[0].type_version = 2;
  picky strict;
  const auto done = ec::any_projection{strict}.apply(page.events);
  BOOST_REQUIRE(done.stopped_by);
  BOOST_CHECK(done.stopped_by->code == ec::errc::codec_failed);
}

BOOST_AUTO_TEST_CASE(one_with_reset_begins_anew) {
  picky strict;
  const ec::any_projection any{strict};
  BOOST_CHECK(any.reset());
  BOOST_TEST(strict.was_reset);
  strict.sum = -1;
  must_fail(any.reset(), ec::errc::handler_failed, "in debt");
  journal without;
  BOOST_CHECK(ec::any_projection{without}.reset());
}

BOOST_AUTO_TEST_CASE(a_shared_one_lives_as_long_as_it_is_needed) {
  auto shared = std::make_shared<picky>();
  const ec::any_projection any{shared};
  const std::weak_ptr<picky> watched = shared;
  shared.reset();
  BOOST_TEST(!watched.expired());
}

BOOST_AUTO_TEST_SUITE_END()
