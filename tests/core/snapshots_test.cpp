#include "support/meters.hpp"
#include "support/snapshot_store.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/snapshot_state.hpp>
#include <eventcore/snapshots.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace meters;

namespace {

using ec::testing::must;

// Two views of one name.
namespace first_office {
struct total {
  std::uint64_t n = 0;
  void apply(const counted& e) { n += e.n; }
};
BOOST_DESCRIBE_STRUCT(total, (), (n))
} // namespace first_office

namespace second_office {
struct total {
  std::uint64_t n = 0;
  void apply(const counted& e) { n = std::max(n, e.n); }
};
BOOST_DESCRIBE_STRUCT(total, (), (n))
} // namespace second_office

/// A stream of numbers, loaded with snapshots.
struct loading {
  explicit loading(ec::snapshot_policy policy = {.every = 10}) : policy_{std::move(policy)} {}

  /// Commits so many more events, in transactions of up to ten.
  void grow(std::uint64_t events) {
    while (events > 0) {
      std::vector<std::uint64_t> numbers(std::min<std::uint64_t>(events, 10));
      std::iota(numbers.begin(), numbers.end(), 3 * head.version.value);
      head = commit(*store, ids, stream.id(), head, numbers);
      for (const auto n : numbers) {
        all.apply(counted{n});
        sum.apply(counted{n});
      }
      events -= numbers.size();
    }
  }

  auto states(std::vector<const ec::view_type*> views) -> std::vector<ec::stream_state> {
    std::vector<ec::wanted_state> wanted;
    for (const auto* view : views)
      wanted.push_back({stream.id(), view});
    store->count_anew();
    return must(ec::load_states(*store, wanted, &kept));
  }

  auto load() -> meter {
    const auto loaded = states({&ec::view_type_of<meter>});
    BOOST_TEST((loaded.front().head == head));
    return *static_cast<const meter*>(loaded.front().value.get());
  }

  /// Loads, and lets what that offers be saved.
  void take_snapshot() {
    static_cast<void>(load());
    kept.flush();
  }

  auto found(std::string_view view = "meter") -> std::optional<ec::snapshot> {
    return must(store->inner().load_snapshot(stream.id(), view));
  }

  /// Loads while what is found is changed; the state is right all the same, one notice has this in
  /// it, and the next snapshot takes the place of the useless one.
  void ignores(const std::function<void(ec::snapshot&)>& change, const std::string& notice) {
    ignored.clear();
    store->on_load = [&](auto& result) { change(**result); };
    BOOST_TEST((load() == all));
    store->on_load = nullptr;
    BOOST_REQUIRE(ignored.size() == 1U);
    BOOST_TEST(ignored.front().detail.contains(notice), ignored.front().detail);
    kept.flush();
    BOOST_TEST(store->saves == 1U);
    ignored.clear();
    BOOST_TEST((load() == all));
    BOOST_TEST(ignored.empty());
  }

  ec::testing::sequential_ids ids;
  ec::stream<meter> stream{"1"};
  ec::stream_head head{};
  meter all{};
  sum_of sum{};
  std::shared_ptr<support::snapshot_store> store =
    std::make_shared<support::snapshot_store>(ec::memory::open());
  std::vector<ec::failure> ignored;
  std::vector<ec::failure> failed;
  std::vector<std::uint64_t> saved;

private:
  ec::snapshot_policy policy_;

public:
  ec::snapshots kept{
    *store,
    policy_,
    {.on_saved = [this](const auto&, const auto&,
                        const ec::stream_head& at) { saved.push_back(at.version.value); },
     .on_ignored = [this](const auto&, const auto&,
                          const ec::failure& why) { ignored.push_back(why); },
     .on_failed = [this](const auto&, const auto&,
                         const ec::failure& why) { failed.push_back(why); }},
    ec::snapshots::works::when_told};
};

} // namespace

BOOST_AUTO_TEST_SUITE(loading_with_snapshots)

BOOST_AUTO_TEST_CASE(only_the_tail_is_read) {
  loading l{{.every = 500}};
  l.grow(1'205);
  l.take_snapshot();
  l.grow(20);
  BOOST_TEST((l.load() == l.all));
  BOOST_TEST(l.store->reads == 2U);
  BOOST_TEST(l.store->events
             == 100U + 1U + 20U); // a first page, the snapshot's own event, the rest
  BOOST_TEST(l.store->loads == 1U);
  BOOST_TEST(l.ignored.empty());
}

BOOST_AUTO_TEST_CASE(a_short_stream_costs_no_further_query) {
  loading l{{.every = 500}};
  l.grow(100);
  BOOST_TEST((l.load() == l.all));
  BOOST_TEST(l.store->reads == 1U);
  BOOST_TEST(l.store->loads == 0U);
  l.grow(399); // nobody takes a snapshot of it
  BOOST_TEST((l.load() == l.all));
  BOOST_TEST(l.store->loads == 0U);
  l.grow(1);
  BOOST_TEST((l.load() == l.all));
  BOOST_TEST(l.store->loads == 1U);
}

BOOST_AUTO_TEST_CASE(a_state_is_offered_when_its_snapshot_is_old) {
  loading l;
  l.grow(9);
  l.take_snapshot();
  BOOST_TEST(l.saved.empty());
  l.grow(1);
  l.take_snapshot();
  l.take_snapshot();
  l.grow(9);
  l.take_snapshot();
  l.grow(1);
  l.take_snapshot();
  l.take_snapshot();
  BOOST_TEST(l.saved == (std::vector<std::uint64_t>{10, 20}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_views_of_a_stream_end_at_one_head) {
  loading l;
  const auto& first = ec::view_type_of<meter>;
  const auto& second = ec::view_type_of<meter, sum_of>;
  const auto& third = ec::view_type_of<meter, parity>;
  const auto check = [&](std::uint64_t most_events) {
    const auto all = l.states({&first, &second, &third});
    const auto folded = l.states({&third}); // by itself, without any snapshot
    for (const auto& one : all)
      BOOST_TEST((one.head == l.head));
    BOOST_TEST((*static_cast<const meter*>(all[0].value.get()) == l.all));
    BOOST_TEST((*static_cast<const sum_of*>(all[1].value.get()) == l.sum));
    BOOST_TEST(static_cast<const parity*>(all[2].value.get())->odd
               == static_cast<const parity*>(folded[0].value.get())->odd);
    static_cast<void>(l.states({&first, &second}));
    BOOST_TEST(l.store->events <= most_events);
    static_cast<void>(l.states({&second, &first}));
    BOOST_TEST(l.store->events <= most_events);
    BOOST_TEST(l.ignored.empty());
  };
  l.grow(60);
  check(60 + 60);
  l.kept.flush();
  l.grow(5);
  check(10 + 1 + 5);
  l.grow(5);
  l.take_snapshot(); // of one view only
  l.grow(5);
  check(10 + 1 + 15);
  BOOST_TEST(l.found()->head.version.value == 70U);
  BOOST_TEST(l.found("sum_of")->head.version.value == 60U);
}

BOOST_AUTO_TEST_CASE(many_streams_are_loaded_with_the_reads_of_one) {
  loading l;
  std::vector<ec::wanted_state> wanted;
  for (int i = 0; i < 5; ++i) {
    const auto id = must(ec::stream<meter>::of(fmt::format("many-{}", i))).id();
    commit(*l.store, l.ids, id, {}, std::vector<std::uint64_t>(i % 2 == 0 ? 50 : 5, 1));
    wanted.push_back({id, &ec::view_type_of<meter>});
  }
  static_cast<void>(must(ec::load_states(*l.store, wanted, &l.kept)));
  l.kept.flush();
  l.store->count_anew();
  const auto states = must(ec::load_states(*l.store, wanted, &l.kept));
  for (std::size_t i = 0; i < states.size(); ++i)
    BOOST_TEST(static_cast<const meter*>(states[i].value.get())->count == (i % 2 == 0 ? 50U : 5U));
  BOOST_TEST(l.store->reads == 2U);
  BOOST_TEST(l.store->loads == 3U);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_ignored_with_a_notice_and_replaced) {
  loading l;
  l.grow(30);
  l.take_snapshot();
  l.grow(3);
  const auto sealed = [](const char* json) {
    const auto* view = &ec::view_type_of<meter>;
    const auto state = must(view->format->decode(json));
    return must(ec::make_snapshot(ec::stream<meter>{"1"}.id(), *view, {{}, state})).payload;
  };
  const auto wrong = sealed(R"({"count":1,"chain":2,"last":[]})");
  l.ignores([](auto& found) { found.fold += "x"; }, "was made by the fold");
  l.ignores([&](auto& found) { found.payload[found.payload.size() - 3] ^= 1; },
            "does not fit its checksum");
  l.ignores([](auto& found) { found.payload.clear(); }, "does not begin with a checksum");
  l.ignores([](auto& found) { found.payload = "0123456789abcdef"; },
            "does not begin with a checksum");
  l.ignores(
    [&](auto& found) {
      found.head.commit = l.ids.next_commit();
      found.payload = wrong;
    },
    "the log holds another commit there");
  l.ignores(
    [&](auto& found) {
      found.head.version.value = 34;
      found.payload = wrong;
    },
    "the log ends at version 33");
  BOOST_TEST(l.failed.empty());
}

BOOST_AUTO_TEST_CASE(a_view_is_not_taken_for_another_one_of_its_name) {
  loading l;
  l.grow(30);
  const auto& first = ec::view_type_of<meter, first_office::total>;
  const auto& second = ec::view_type_of<meter, second_office::total>;
  BOOST_TEST(first.name == second.name);
  static_cast<void>(l.states({&first}));
  l.kept.flush();
  BOOST_REQUIRE(l.found("total"));
  const auto found = l.states({&second});
  BOOST_TEST(static_cast<const second_office::total*>(found[0].value.get())->n == 69U);
  BOOST_TEST(l.ignored.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded_is_ignored) {
  loading l;
  l.grow(30);
  l.store->on_load = [](auto& found) {
    found = ec::fail(ec::errc::store_corrupt, "the row is damaged");
  };
  BOOST_TEST((l.load() == l.all));
  BOOST_REQUIRE(l.ignored.size() == 1U);
  BOOST_TEST(l.ignored.front().text().contains("the row is damaged"), l.ignored.front().text());
}

// A snapshot may hide an event that this program cannot read; what comes out must not depend on that.
BOOST_AUTO_TEST_CASE(a_tail_that_cannot_be_folded_fails_as_it_does_without_snapshots) {
  loading l;
  l.grow(30);
  l.take_snapshot();
  const auto set = ec::testing::write_of(
    l.ids, {ec::testing::stream_of{l.stream.id()}.at(l.head).event("unknown", "{}")});
  ec::testing::must_commit(*l.store, set);
  const std::vector<ec::wanted_state> wanted{{l.stream.id(), &ec::view_type_of<meter>}};
  const auto with = ec::load_states(*l.store, wanted, &l.kept);
  ec::snapshots none{*l.store, {.every = 0}, {}, ec::snapshots::works::when_told};
  const auto without = ec::load_states(*l.store, wanted, &none);
  BOOST_REQUIRE(!with);
  BOOST_REQUIRE(!without);
  BOOST_TEST((with.error() == without.error()), with.error().text());
  BOOST_TEST(l.ignored.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_became_older_than_the_first_page_is_of_no_use) {
  loading l{{.every = 500}};
  l.grow(600);
  l.store->on_load = [&](auto& found) {
    const auto all = must(l.store->inner().read({.stream = l.stream.id()}));
    const auto& event = all.events[49];
    found = ec::snapshot{
      l.stream.id(), "meter", "0:meter", {event.version, event.commit}, "not even looked at"};
  };
  BOOST_TEST((l.load() == l.all));
  BOOST_TEST(l.ignored.empty());
}

BOOST_AUTO_TEST_CASE(a_command_uses_snapshots_and_offers_states) {
  loading l;
  l.grow(25);
  must(ec::execute(*l.store, count{l.stream, 1}, {},
                   {.ids = &l.ids, .now = {}, .random = {}, .snapshots = &l.kept}));
  l.kept.flush();
  BOOST_TEST(l.saved == std::vector<std::uint64_t>{25}, boost::test_tools::per_element());
  l.store->count_anew();
  must(ec::execute(*l.store, count{l.stream, 2}, {}, {.ids = &l.ids, .now = {}, .random = {}}));
  BOOST_TEST(l.store->loads == 0U); // by the default policy a stream of 26 events has none
}

BOOST_AUTO_TEST_CASE(without_anybody_who_takes_snapshots_those_that_are_there_are_used) {
  loading l{{.every = 1'000}};
  l.grow(1'500);
  l.take_snapshot();
  l.store->count_anew();
  must(ec::execute(*l.store, count{l.stream, 1}, {}, {.ids = &l.ids, .now = {}, .random = {}}));
  BOOST_TEST(l.store->events == 101U);
  l.store->count_anew();
  BOOST_TEST(must(ec::load(*l.store, l.stream)).state.count == 1'501U);
  BOOST_TEST(l.store->events == 102U);
  BOOST_TEST(l.store->saves == 0U);
}

BOOST_AUTO_TEST_CASE(a_state_as_of_earlier_is_folded_from_the_events) {
  loading l{{.every = 1'000}};
  l.grow(1'500);
  l.take_snapshot();
  l.store->count_anew();
  BOOST_TEST(must(ec::load(*l.store, l.stream, {.version = {1'200}})).state.count == 1'200U);
  BOOST_TEST(l.store->loads == 0U);
}

BOOST_AUTO_TEST_CASE(without_snapshots_none_is_looked_for) {
  loading l{{.every = 0}};
  l.grow(3'000);
  l.take_snapshot();
  BOOST_TEST(l.store->loads == 0U);
  BOOST_TEST(l.store->reads == 3U);
  BOOST_TEST(l.store->saves == 0U);
}

BOOST_AUTO_TEST_CASE(all_snapshots_may_be_dropped_at_any_time) {
  loading l;
  l.grow(40);
  l.take_snapshot();
  l.grow(3);
  BOOST_REQUIRE(l.found());
  BOOST_TEST(must(l.store->maintenance().drop_snapshots({})) == 1U);
  BOOST_TEST((l.load() == l.all));
  l.kept.flush();
  BOOST_TEST(l.found()->head.version.value == 43U);
}

BOOST_AUTO_TEST_SUITE_END()
