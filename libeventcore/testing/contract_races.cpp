#include "contract_bench.hpp"
#include "threads.hpp"

#include "eventcore/testing/races.hpp"

#include <atomic>

namespace eventcore::testing {

namespace {

// Fails when the check and the write are not one step.
void of_writers_that_read_the_same_state_one_wins(contract_backend& backend) {
  race_for_one_stream(backend, {});
}

void of_writers_that_read_each_others_streams_one_wins(contract_backend& backend) {
  race_by_write_skew(backend, {});
}

void of_programs_with_the_same_request_one_does_it(contract_backend& backend) {
  race_for_one_request(backend, {});
}

// 10,000 commits of two events each, by four writers in batches; meanwhile a reader follows the
// log.
void positions_are_gapless_and_seen_in_order(contract_backend& backend) {
  constexpr std::size_t writers = 4;
  constexpr std::size_t batches = 100;
  constexpr std::size_t per_batch = 25;
  contract_bench on{backend};
  const auto store = on.open();
  std::atomic<std::size_t> at_work{writers};
  const auto write = [&](std::size_t writer) {
    struct done {
      std::atomic<std::size_t>& left;
      ~done() { --left; }
    } const leaving{at_work};
    sequential_ids ids{static_cast<std::uint32_t>(writer + 1)};
    const auto ours = fmt::format("writer-{}", writer);
    stream_head head;
    for (std::size_t i = 0; i < batches; ++i) {
      std::vector<write_set> batch;
      for (std::size_t k = 0; k < per_batch; ++k) {
        const auto own = fmt::format("new-{}-{}-{}", writer, i, k);
        batch.push_back(
          write_of(ids, {stream_of(ours).at(head).event("a"), stream_of(own).event("b")}));
        head = head_after(batch.back(), ours);
      }
      for (const auto& outcome : store->append(batch))
        must_be<committed>(outcome);
    }
  };
  const auto follow = [&] {
    log_position seen;
    commit_id open; // a commit of which one event was seen
    for (bool last_round = false;;) {
      const auto page = must(store->read(read_log{.after = seen, .page = {.events = 1000}}));
      for (const auto& event : page.events) {
        check_equal(event.position, log_position{seen.value + 1}, "the next position that is seen");
        check(open.is_nil() || open == event.commit, "the events of a commit stand together");
        open = open.is_nil() ? event.commit : commit_id{};
        seen = event.position;
      }
      if (page.complete) {
        check(open.is_nil(), "a commit is seen as a whole");
        check_equal(page.head.position, seen, "the head of the page is its last event");
        if (last_round)
          return check_equal(seen, log_position{2 * writers * batches * per_batch},
                             "the last position");
        last_round = at_work == 0;
      }
    }
  };
  run_threads(writers + 1, [&](std::size_t i) { i < writers ? write(i) : follow(); });
  check_healthy(*store);
}

// Money moves between two accounts while others look: nobody sees one leg of a transfer.
void an_observer_never_sees_half_a_commit(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto observed = backend.lacks(contract_need::same_database).empty() ? on.open() : store;
  std::atomic<bool> ended = false;
  const auto transfer = [&] {
    stream_head left;
    stream_head right;
    for (int i = 0; i < 300; ++i) {
      const auto set = on.write(
        {stream_of("left-1").at(left).event("paid"), stream_of("right-1").at(right).event("got")});
      must_commit(*store, set);
      left = head_after(set, "left-1");
      right = head_after(set, "right-1");
    }
  };
  const auto observe = [&] {
    const std::vector<read_stream> both{{.stream = must(stream_id::of("left-1"))},
                                        {.stream = must(stream_id::of("right-1"))}};
    stream_version last;
    while (!ended) {
      const auto pages = must(observed->read(both));
      check_equal(pages[0].head, pages[1].head, "both legs");
      check_equal(pages[0].events.size(), pages[0].head.version.value, "the events of one leg");
      check_equal(pages[1].events.size(), pages[1].head.version.value, "the events of the other");
      check(last <= pages[0].head.version, "time does not run backwards");
      last = pages[0].head.version;
    }
  };
  run_threads(2, [&](std::size_t i) {
    if (i == 1)
      return observe();
    struct end {
      std::atomic<bool>& told;
      ~end() { told = true; }
    } const ending{ended};
    transfer();
  });
  check_equal(head_of(*store, "left-1").version, stream_version{300}, "transfers");
}

} // namespace

auto race_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(of_writers_that_read_the_same_state_one_wins, nothing),
    EVENTCORE_CASE(of_writers_that_read_each_others_streams_one_wins, nothing),
    EVENTCORE_CASE(of_programs_with_the_same_request_one_does_it, nothing),
    EVENTCORE_CASE(positions_are_gapless_and_seen_in_order, nothing),
    EVENTCORE_CASE(an_observer_never_sees_half_a_commit, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
