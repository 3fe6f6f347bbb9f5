#include "contract_bench.hpp"
#include "threads.hpp"

#include <future>

namespace eventcore::testing {

namespace {

void a_repeated_request_gives_the_original_and_writes_nothing(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("other-1").event("x")}));
  const auto done =
    must_commit(*store, on.write_for("orders/1", {stream_of("a-1").event("left").event("left"),
                                                  stream_of("b-1").event("right")}));
  const auto head = must(store->head());
  const auto again = on.write_for("orders/1", {stream_of("c-1").event("anything")});
  check_equal(must_repeat(*store, again), done, "the original");
  check_equal(must_repeat(*store, again), done, "the original, a third time");
  check_equal(must(store->head()), head, "the log's head");
  check_equal(done.first, log_position{2}, "its first position");
  check_equal(done.streams.size(), 2U, "its streams");
}

// Fails when the request is looked up after the expectations.
void already_done_beats_a_conflict(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto set = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto done = must_commit(*store, set);
  check_equal(must_repeat(*store, set), done,
              "a byte-identical repetition, whose expectation is stale by now");
  must_fail(*store,
            on.write_for("orders/1", {stream_of("order-1").event("placed")}, "another command"),
            errc::request_reused);
}

void another_command_under_the_same_request_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write_for("orders/1", {stream_of("order-1").event("placed")}, "five"));
  must_fail(*store, on.write_for("orders/1", {stream_of("order-2").event("placed")}, "six"),
            errc::request_reused, "orders/1");
  must_fail(*store, contract_bench::answer(on.write_for("orders/1", {stream_of("order-2")}, "six")),
            errc::request_reused, "orders/1");
  check_equal(head_of(*store, "order-2"), stream_head{}, "the other stream");
}

void a_success_without_events_is_recorded(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto done = must_commit(*store, on.write_for("orders/1", {stream_of("order-1")}));
  check_equal(done.count, 0U, "events");
  check_equal(must_repeat(*store, on.write_for("orders/1", {stream_of("order-1").event("placed")})),
              done, "the original");
  check_equal(must(store->head()), log_head{}, "the log's head");
}

// Fails when answers (rejections by a rule, for example) are recorded.
void an_answer_looks_its_request_up_but_never_records_it(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto rejected = contract_bench::answer(on.write_for("orders/1", {stream_of("order-1")}));
  must_commit(*store, rejected);
  const auto accepted = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  const auto done = must_commit(*store, accepted);
  check_equal(
    must_repeat(*store, contract_bench::answer(on.write_for("orders/1", {stream_of("order-1")}))),
    done, "what an answer finds");
}

void what_is_not_written_does_not_use_up_its_request(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("order-1").event("before")}));
  must_refuse(*store, on.write_for("orders/1", {stream_of("order-1").event("stale")}, "one"));
  must_fail(*store, on.write_for("orders/1", {stream_of("order-2").event("broken", "{")}, "two"),
            errc::invalid_argument);
  must_commit(*store, on.write_for("orders/1", {stream_of("order-2").event("placed")}, "three"));
}

void request_ids_are_told_apart_by_every_byte(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const std::string longest(128, 'x');
  const std::vector<std::string> ids{"a",
                                     "A",
                                     "a ",
                                     " a",
                                     "a'; DROP TABLE requests; --",
                                     "a\"",
                                     "%",
                                     "_",
                                     "é",
                                     "e\u0301",
                                     longest,
                                     longest.substr(1)};
  std::vector<committed> done;
  for (const auto& id : ids)
    done.push_back(must_commit(
      *store, on.write_for(id, {stream_of("r-" + std::to_string(done.size())).event("x")})));
  for (std::size_t i = 0; i < ids.size(); ++i)
    check_equal(must_repeat(*store, on.write_for(ids[i], {stream_of("again-1").event("x")})),
                done[i], ids[i]);
}

void a_request_is_remembered_by_another_connection(contract_backend& backend) {
  contract_bench on{backend};
  const auto here = on.open();
  const auto there = on.open();
  const auto done =
    must_commit(*here, on.write_for("orders/1", {stream_of("order-1").event("placed"),
                                                 stream_of("stock-1").event("taken")}));
  check_equal(must_repeat(*there, on.write_for("orders/1", {stream_of("order-1").event("placed")})),
              done, "the original");
  must_fail(*there,
            on.write_for("orders/1", {stream_of("order-2").event("placed")}, "another command"),
            errc::request_reused);
  const auto empty = must_commit(*there, on.write_for("orders/2", {stream_of("order-2")}));
  check_equal(must_repeat(*here, on.write_for("orders/2", {stream_of("order-2")})), empty,
              "the original");
}

void a_request_is_remembered_after_a_restart(contract_backend& backend) {
  contract_bench on{backend};
  auto store = on.open();
  const auto done = must_commit(
    *store, on.write_for("orders/1", {stream_of("order-1").event("placed").event("paid"),
                                      stream_of("stock-1").event("taken")}));
  const auto empty = must_commit(*store, on.write_for("orders/2", {stream_of("order-2")}));
  store.reset();
  store = on.open();
  check_equal(must_repeat(*store, on.write_for("orders/1", {stream_of("order-1").event("placed")})),
              done, "the original");
  check_equal(must_repeat(*store, on.write_for("orders/2", {stream_of("order-2")})), empty,
              "the original");
  must_fail(*store,
            on.write_for("orders/1", {stream_of("order-2").event("placed")}, "another command"),
            errc::request_reused);
}

// What is asked after an append whose outcome is unknown: "no" is final, "yes" gives what the
// caller missed.
void a_commit_can_be_looked_up(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("before-1").event("x")}));
  const auto known = must(store->head()).position;
  const auto set = on.write({stream_of("a-1").event("left").event("left"),
                             stream_of("b-1").event("right"), stream_of("c-1")});
  check(!must(store->find_commit(set, known)), "a write set that was never sent is not found");
  const auto done = must_commit(*store, set);
  must_commit(*store, on.write({stream_of("after-1").event("x")}));
  check_equal(must(store->find_commit(set, known)).value_or(committed{}), done, "what is found");
  check_equal(must(store->find_commit(set, {})).value_or(committed{}), done,
              "what is found from the start");
  check(!must(store->find_commit(on.write({stream_of("d-1").event("x")}), known)),
        "another write set is not found");
}

void a_commit_without_events_is_looked_up_by_its_request(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto set = on.write_for("orders/1", {stream_of("order-1")});
  check(!must(store->find_commit(set, {})), "a write set that was never sent is not found");
  const auto done = must_commit(*store, set);
  check_equal(must(store->find_commit(set, {})).value_or(committed{}), done, "what is found");
}

void a_request_that_another_commit_did_is_not_taken_for_the_commit(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write_for("orders/1", {stream_of("order-1").event("placed")}));
  const auto sent_twice = on.write_for("orders/1", {stream_of("order-1").event("placed")});
  check(!must(store->find_commit(sent_twice, {})), "the second decision is not in the log");
}

// `asking` is asked for a commit that `writing` is just making. A store takes the time inside its
// critical section, so its clock holds the commit there until the answer is given or is clearly
// waiting for it.
void ask_for_a_commit_under_way(contract_backend& backend, bool by_another_connection) {
  contract_bench on{backend};
  std::promise<void> inside;
  std::promise<void> answered;
  std::atomic<bool> hold = false;
  const auto writing = on.open({.clock = [&]() -> timestamp {
    if (hold.exchange(false)) {
      inside.set_value();
      answered.get_future().wait_for(std::chrono::milliseconds{100});
    }
    return timestamp{};
  }});
  const auto asking = by_another_connection ? on.open() : writing;
  const auto set = on.write({stream_of("order-1").event("placed")});
  hold = true;
  std::optional<committed> found;
  run_threads(2, [&](std::size_t i) {
    if (i == 0) {
      must_commit(*writing, set);
      return;
    }
    inside.get_future().wait();
    found = must(asking->find_commit(set, {}));
    answered.set_value();
  });
  check(found.has_value(), "the commit that was under way is found");
}

// These two fail when the question is not asked inside the critical section: "no" is told, and the
// commit comes a moment later.
void the_question_for_a_commit_waits_while_it_is_under_way(contract_backend& backend) {
  ask_for_a_commit_under_way(backend, false);
}

void the_question_for_a_commit_waits_for_other_connections(contract_backend& backend) {
  ask_for_a_commit_under_way(backend, true);
}

} // namespace

auto request_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_repeated_request_gives_the_original_and_writes_nothing, nothing),
    EVENTCORE_CASE(already_done_beats_a_conflict, nothing),
    EVENTCORE_CASE(another_command_under_the_same_request_is_refused, nothing),
    EVENTCORE_CASE(a_success_without_events_is_recorded, nothing),
    EVENTCORE_CASE(an_answer_looks_its_request_up_but_never_records_it, nothing),
    EVENTCORE_CASE(what_is_not_written_does_not_use_up_its_request, nothing),
    EVENTCORE_CASE(request_ids_are_told_apart_by_every_byte, nothing),
    EVENTCORE_CASE(a_request_is_remembered_by_another_connection, same_database),
    EVENTCORE_CASE(a_request_is_remembered_after_a_restart, same_database),
    EVENTCORE_CASE(a_commit_can_be_looked_up, nothing),
    EVENTCORE_CASE(a_commit_without_events_is_looked_up_by_its_request, nothing),
    EVENTCORE_CASE(a_request_that_another_commit_did_is_not_taken_for_the_commit, nothing),
    EVENTCORE_CASE(the_question_for_a_commit_waits_while_it_is_under_way, nothing),
    EVENTCORE_CASE(the_question_for_a_commit_waits_for_other_connections, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
