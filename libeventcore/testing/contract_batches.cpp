#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

void a_batch_of_nothing_has_no_outcomes(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  check_equal(store->append(std::span<const write_set>{}).size(), 0U, "outcomes");
}

void a_conflict_in_the_middle_of_a_batch_leaves_its_neighbours_alone(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("b-1").event("before")}));
  const std::vector<write_set> batch{on.write({stream_of("a-1").event("left")}),
                                     on.write({stream_of("b-1").event("stale")}),
                                     on.write({stream_of("c-1").event("right").event("right")})};
  const auto outcomes = store->append(batch);
  check_equal(outcomes.size(), 3U, "outcomes");
  check_equal(must_be<committed>(outcomes[0]).first, log_position{2}, "the first of the batch");
  check_equal(must_be<refused>(outcomes[1]).streams.at(0).stream.text(), "b-1", "the conflict");
  check_equal(must_be<committed>(outcomes[2]).first, log_position{3}, "no position is lost");
  check_equal(streams_in(read_log_of(*store).events), "b-1 a-1 c-1 c-1", "the log");
}

// Fails when a batch is checked against the state before it.
void later_write_sets_are_checked_against_what_earlier_ones_left(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto first = on.write({stream_of("order-1").event("e1")});
  const auto second = on.write({stream_of("order-1").at(head_after(first, "order-1")).event("e2")});
  const auto stale = on.write({stream_of("order-1").event("stale")});
  const auto third = on.write({stream_of("order-1").at(head_after(second, "order-1")).event("e3")});
  const auto reader = on.write(
    {stream_of("other-1").event("x"), stream_of("order-1").at(head_after(second, "order-1"))});
  const auto outcomes = store->append(std::vector{first, second, stale, third, reader});
  must_be<committed>(outcomes.at(0));
  must_be<committed>(outcomes.at(1));
  check_equal(must_be<refused>(outcomes.at(2)).streams.at(0).found, head_after(second, "order-1"),
              "found");
  must_be<committed>(outcomes.at(3));
  check_equal(must_be<refused>(outcomes.at(4)).streams.at(0).found, head_after(third, "order-1"),
              "found");
  check_equal(types_in(read_all(*store, "order-1").events), "e1 e2 e3", "the stream");
}

// A refused write set takes all that were built on it with it, told by its commit id.
void what_was_built_on_a_refused_write_set_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto his = on.write({stream_of("order-1").event("his")});
  const auto ours = on.write({stream_of("order-1").event("ours")});
  const auto next = on.write({stream_of("order-1").at(head_after(ours, "order-1")).event("next")});
  const auto last = on.write({stream_of("order-1").at(head_after(next, "order-1")).event("last")});
  const auto outcomes = store->append(std::vector{his, ours, next, last});
  must_be<committed>(outcomes.at(0));
  for (const std::size_t i : {1U, 2U, 3U})
    must_be<refused>(outcomes.at(i));
  check_equal(types_in(read_all(*store, "order-1").events), "his", "the stream");
}

void an_invalid_write_set_leaves_its_neighbours_alone(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto outcomes = store->append(std::vector{on.write({stream_of("a-1").event("left")}),
                                                  on.write({stream_of("b-1").event("broken", "{")}),
                                                  on.write({stream_of("c-1").event("right")})});
  must_be<committed>(outcomes.at(0));
  check_failure(must_be<failure>(outcomes.at(1)), errc::invalid_argument, "b-1",
                source_location::current());
  check_equal(must_be<committed>(outcomes.at(2)).first, log_position{2}, "no position is lost");
  check_equal(streams_in(read_log_of(*store).events), "a-1 c-1", "the log");
}

void a_batch_without_any_fitting_write_set_changes_nothing(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto base = on.write({stream_of("a-1").event("base")});
  must_commit(*store, base);
  const auto head = must(store->head());
  const auto outcomes = store->append(std::vector{on.write({stream_of("a-1").event("stale")}),
                                                  on.write({stream_of("b-1").event("", "{}")})});
  must_be<refused>(outcomes.at(0));
  must_be<failure>(outcomes.at(1));
  check_equal(must(store->head()), head, "the log's head");
  must_commit(*store, on.write({stream_of("a-1").at(head_after(base, "a-1")).event("next")}));
}

void a_request_twice_in_one_batch_is_done_once(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto first = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto second = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto other =
    on.write_for("orders/1", {stream_of("order-2").event("placed")}, "another command");
  const auto outcomes = store->append(std::vector{first, second, other});
  const auto done = must_be<committed>(outcomes.at(0));
  check_equal(must_be<duplicate>(outcomes.at(1)).original, done, "the original");
  check_failure(must_be<failure>(outcomes.at(2)), errc::request_reused, "orders/1",
                source_location::current());
  check_equal(must(store->head()).position, log_position{1}, "the log's position");
}

// Fails when a request is known only once its batch is in the database.
void a_request_repeated_in_its_batch_gives_the_original(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto first = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto second = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto outcomes = store->append(std::vector{first, second});
  check_equal(must_be<duplicate>(outcomes.at(1)).original, must_be<committed>(outcomes.at(0)),
              "the original");
}

// A duplicate writes nothing, so what was built on its commit id rests on nothing.
void what_was_built_on_a_duplicate_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write_for("orders/1", {stream_of("order-1").event("placed")}));
  const auto again = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto next = on.write({stream_of("order-1").at(head_after(again, "order-1")).event("paid")});
  const auto outcomes = store->append(std::vector{again, next});
  must_be<duplicate>(outcomes.at(0));
  must_be<refused>(outcomes.at(1));
  check_equal(types_in(read_all(*store, "order-1").events), "placed", "the stream");
}

void a_large_batch_is_committed_in_order(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  std::vector<write_set> batch;
  stream_head shared;
  for (int i = 0; i < 1000; ++i) { // every other one to a stream of its own, the rest to one stream
    batch.push_back(i % 2 == 0 ? on.write({stream_of("s-" + std::to_string(i)).event("own")})
                               : on.write({stream_of("shared-1").at(shared).event("shared")}));
    if (i % 2 == 1)
      shared = head_after(batch.back(), "shared-1");
  }
  const auto outcomes = store->append(batch);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    check_equal(must_be<committed>(outcomes[i]).first, log_position{i + 1}, "positions");
  check_equal(head_of(*store, "shared-1"), shared, "the shared stream");
  check_equal(must(store->head()).position, log_position{1000}, "the log's position");
  check_healthy(*store);
}

} // namespace

auto batch_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_batch_of_nothing_has_no_outcomes, nothing),
    EVENTCORE_CASE(a_conflict_in_the_middle_of_a_batch_leaves_its_neighbours_alone, nothing),
    EVENTCORE_CASE(later_write_sets_are_checked_against_what_earlier_ones_left, nothing),
    EVENTCORE_CASE(what_was_built_on_a_refused_write_set_is_refused, nothing),
    EVENTCORE_CASE(an_invalid_write_set_leaves_its_neighbours_alone, nothing),
    EVENTCORE_CASE(a_batch_without_any_fitting_write_set_changes_nothing, nothing),
    EVENTCORE_CASE(a_request_twice_in_one_batch_is_done_once, nothing),
    EVENTCORE_CASE(a_request_repeated_in_its_batch_gives_the_original, nothing),
    EVENTCORE_CASE(what_was_built_on_a_duplicate_is_refused, nothing),
    EVENTCORE_CASE(a_large_batch_is_committed_in_order, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
