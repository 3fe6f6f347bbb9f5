#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

// Ten events over three streams, committed one by one: e1 .. e10.
struct ten_events {
  explicit ten_events(contract_backend& backend) : on{backend}, store{on.open()} {
    stream_head heads[3];
    for (std::size_t i = 0; i < 10; ++i) {
      const auto name = "s-" + std::to_string(i % 3);
      const auto set =
        on.write({stream_of(name).at(heads[i % 3]).event("e" + std::to_string(i + 1))});
      must_commit(*store, set);
      heads[i % 3] = head_after(set, name);
      last = set.commit;
    }
  }

  auto read(const read_log& query) const -> log_page { return must(store->read(query)); }

  contract_bench on;
  std::shared_ptr<event_store> store;
  commit_id last;
};

void the_log_is_in_commit_order_over_all_streams(contract_backend& backend) {
  const ten_events ten{backend};
  const auto page = ten.read({});
  check_equal(types_in(page.events), "e1 e2 e3 e4 e5 e6 e7 e8 e9 e10", "the log");
  for (std::size_t i = 0; i < page.events.size(); ++i)
    check_equal(page.events[i].position, log_position{i + 1}, "positions");
  check(page.complete, "the page is complete");
}

void reading_the_log_after_a_position_excludes_it(contract_backend& backend) {
  const ten_events ten{backend};
  check_equal(types_in(ten.read({.after = {7}}).events), "e8 e9 e10", "after 7");
  check_equal(types_in(ten.read({.after = {3}, .before = {6}}).events), "e4 e5", "between");
  check_equal(types_in(ten.read({.after = {10}}).events), "", "after the last");
  check_equal(types_in(ten.read({.after = log_position::max()}).events), "", "after everything");
  check_equal(types_in(ten.read({.before = {0}}).events), "", "before everything");
  check_equal(types_in(ten.read({.after = {6}, .before = {3}}).events), "", "crossed bounds");
}

void the_log_is_read_backwards(contract_backend& backend) {
  const ten_events ten{backend};
  constexpr auto back = direction::backwards;
  check_equal(types_in(ten.read({.before = {4}, .direction = back}).events), "e3 e2 e1",
              "before 4");
  const auto page = ten.read({.after = {2}, .page = {.events = 3}, .direction = back});
  check_equal(types_in(page.events), "e10 e9 e8", "a page");
  check(!page.complete, "the page is not complete");
  const auto rest =
    ten.read({.after = {2}, .before = page.events.back().position, .direction = back});
  check_equal(types_in(rest.events), "e7 e6 e5 e4 e3", "the rest");
  check(rest.complete, "the rest is complete");
}

void pages_of_the_log_go_on_where_the_last_one_ended(contract_backend& backend) {
  const ten_events ten{backend};
  std::string types;
  log_position after;
  for (int round = 0; round < 4; ++round) {
    const auto page = ten.read({.after = after, .page = {.events = 3}});
    check_equal(page.events.size(), round < 3 ? 3U : 1U, "events");
    check_equal(page.complete, round == 3, "whether the page is complete");
    check_equal(page.through, page.events.back().position, "where the next one begins");
    types += types_in(page.events) + ' ';
    after = page.through;
  }
  check_equal(types, "e1 e2 e3 e4 e5 e6 e7 e8 e9 e10 ", "all pages");
}

// A reader whose filter fits nothing must still move on, or it would look at the whole log again
// each time.
void a_page_without_events_says_how_far_it_looked(contract_backend& backend) {
  const ten_events ten{backend};
  const auto page = ten.read({.filter = {.prefix = "nobody"}});
  check_equal(page.events.size(), 0U, "events");
  check(page.complete, "the page is complete");
  check_equal(page.through, log_position{10}, "how far it looked");
  check_equal(ten.read({.before = {5}, .filter = {.prefix = "nobody"}}).through, log_position{4},
              "up to a bound");
  check_equal(ten.read({.after = {10}}).through, log_position{10}, "at the head");
}

void a_page_of_the_log_carries_the_log_head(contract_backend& backend) {
  const ten_events ten{backend};
  const auto head = must(ten.store->head());
  check_equal(head.position, log_position{10}, "the position");
  check_equal(head.commit, ten.last, "the commit");
  const auto page = ten.read({.before = {3}, .page = {.events = 1}});
  check_equal(page.head, head, "the page's head");
  check_equal(read_log_of(*ten.store).events.back().recorded_at, head.recorded_at,
              "the recorded time");
}

// Fails when the recorded time is the clock's alone.
void the_recorded_time_never_goes_backwards(contract_backend& backend) {
  contract_bench on{backend};
  const manual_clock clock;
  const auto store = on.open({.clock = clock});
  const auto start = clock();
  std::vector<timestamp> found;
  for (const auto step : {0, 5, -60, 1, 120}) {
    clock.advance(std::chrono::seconds{step});
    must_commit(*store, on.write({stream_of("s-" + std::to_string(found.size())).event("e")}));
    found.push_back(must(store->head()).recorded_at);
  }
  const auto at = [&](int seconds) { return start + std::chrono::seconds{seconds}; };
  check(found == std::vector{at(0), at(5), at(5), at(5), at(66)},
        "the times never go back, and follow the clock again");
  const auto events = read_log_of(*store).events;
  for (std::size_t i = 0; i < events.size(); ++i)
    check_equal(events[i].recorded_at, found[i], "the event's time");
}

void the_recorded_time_keeps_microseconds(contract_backend& backend) {
  contract_bench on{backend};
  const manual_clock clock;
  clock.advance(std::chrono::microseconds{123'457});
  const auto store = on.open({.clock = clock});
  must_commit(*store, on.write({stream_of("a-1").event("e"), stream_of("b-1").event("e")}));
  for (const auto& event : read_log_of(*store).events)
    check_equal(event.recorded_at, clock(), "the event's time");
}

void without_a_clock_of_its_own_a_store_takes_the_systems(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto now = [] {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  const auto before = now();
  must_commit(*store, on.write({stream_of("a-1").event("e")}));
  const auto recorded = must(store->head()).recorded_at;
  check(before <= recorded && recorded <= now(), "the recorded time lies within the append");
}

} // namespace

auto log_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(the_log_is_in_commit_order_over_all_streams, nothing),
    EVENTCORE_CASE(reading_the_log_after_a_position_excludes_it, nothing),
    EVENTCORE_CASE(the_log_is_read_backwards, nothing),
    EVENTCORE_CASE(pages_of_the_log_go_on_where_the_last_one_ended, nothing),
    EVENTCORE_CASE(a_page_without_events_says_how_far_it_looked, nothing),
    EVENTCORE_CASE(a_page_of_the_log_carries_the_log_head, nothing),
    EVENTCORE_CASE(the_recorded_time_never_goes_backwards, nothing),
    EVENTCORE_CASE(the_recorded_time_keeps_microseconds, nothing),
    EVENTCORE_CASE(without_a_clock_of_its_own_a_store_takes_the_systems, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
