#include "contract_bench.hpp"
#include "threads.hpp"

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

// Longer than any machine needs to wake a thread: who waits so long was forgotten.
constexpr auto long_patience = 60s;

void a_head_that_is_beyond_is_given_at_once(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("a-1").event("e").event("e")}));
  const auto head = must(store->head());
  check_equal(must(store->await({}, long_patience)), head, "the head");
  check_equal(must(store->await({1}, std::chrono::milliseconds::max())), head, "the head");
}

void patience_ends_with_the_head_as_it_is(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  check_equal(must(store->await({}, 1ms)), log_head{}, "the head of an empty log");
  must_commit(*store, on.write({stream_of("a-1").event("e")}));
  const auto head = must(store->head());
  for (const auto patience : {30ms, 0ms, -1ms, std::chrono::milliseconds::min()})
    check_equal(must(store->await({1}, patience)), head, "the head");
  check_equal(must(store->await(log_position::max(), 1ms)), head, "the head");
}

// Fails when a commit between the look at the head and the waiting is missed.
void commit_and_await(event_store& writing, event_store& waiting, contract_bench& on) {
  constexpr std::uint64_t rounds = 20;
  run_threads(4, [&](std::size_t i) {
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      if (i == 0)
        must_commit(writing, on.write({stream_of(fmt::format("s-{}", round)).event("e")}));
      const auto head = must(waiting.await({round - 1}, long_patience));
      check(head.position.value >= round, "the head is beyond what was known");
    }
  });
}

void a_commit_wakes_all_who_wait(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  commit_and_await(*store, *store, on);
}

void a_commit_wakes_those_who_wait_on_other_connections(contract_backend& backend) {
  contract_bench on{backend};
  const auto here = on.open();
  const auto there = on.open({.read_only = true});
  commit_and_await(*here, *there, on);
}

} // namespace

auto await_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_head_that_is_beyond_is_given_at_once, nothing),
    EVENTCORE_CASE(patience_ends_with_the_head_as_it_is, nothing),
    EVENTCORE_CASE(a_commit_wakes_all_who_wait, nothing),
    EVENTCORE_CASE(a_commit_wakes_those_who_wait_on_other_connections, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
