#include "contract_bench.hpp"

#include "eventcore/json.hpp"

#include <map>

namespace eventcore::testing {

namespace {

void an_event_is_written_and_read_back(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto set = on.write({stream_of("order-1").event("placed", R"({"total":5})")});
  const auto done = must_commit(*store, set);
  check_equal(done, committed{set.commit, {1}, 1, {{set.reads[0].stream, {1}}}}, "the outcome");
  const auto page = read_all(*store, "order-1");
  check_equal(page.head, stream_head{{1}, set.commit}, "the stream's head");
  check_equal(page.events.size(), 1U, "events");
  const auto& event = page.events.front();
  check_equal(event.position, log_position{1}, "its position");
  check_equal(event.version, stream_version{1}, "its version");
  check_equal(event.stream, "order-1", "its stream");
  check_equal(event.commit, set.commit, "its commit");
  check_equal(event.id, set.events[0].id, "its id");
  check_equal(event.type, "placed", "its type");
  // The same JSON: a store may keep it in another form of the same value.
  check_equal(must(from_json<std::map<std::string, int>>(event.payload)).at("total"), 5,
              "its payload");
}

// Fails when a version is counted by commits.
void the_new_version_counts_every_event(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto first = on.write({stream_of("order-1").event("placed").event("paid")});
  check_equal(must_commit(*store, first).streams.at(0).version, stream_version{2}, "two events");
  const auto more = on.write(
    {stream_of("order-1").at(head_after(first, "order-1")).event("x").event("y").event("z")});
  check_equal(must_commit(*store, more).streams.at(0).version, stream_version{5}, "three more");
}

void a_second_append_at_the_same_expectation_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto first = on.write({stream_of("order-1").event("placed")});
  must_commit(*store, first);
  const auto refusal = must_refuse(*store, on.write({stream_of("order-1").event("again")}));
  check_equal(refusal.streams.size(), 1U, "streams that do not fit");
  const auto& [stream, expected, found] = refusal.streams.front();
  check_equal(stream.text(), "order-1", "the stream");
  check_equal(expected, stream_head{}, "what was expected");
  check_equal(found, head_after(first, "order-1"), "what was found");
  check_equal(types_in(read_all(*store, "order-1").events), "placed", "what is stored");
}

// Fails when a first write is taken for "do not check".
void of_two_first_writes_to_a_stream_one_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto left = on.write({stream_of("order-1").event("left")});
  const auto right = on.write({stream_of("order-1").event("right")});
  must_commit(*store, left);
  must_refuse(*store, right);
  check_equal(types_in(read_all(*store, "order-1").events), "left", "what is stored");
}

void expecting_a_stream_that_does_not_exist_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const stream_head never{{3}, on.ids.next_commit()};
  const auto refusal =
    must_refuse(*store, on.write({stream_of("order-1").at(never).event("paid")}));
  check_equal(refusal.streams.at(0).found, stream_head{}, "what was found");
  check_equal(must(store->head()), log_head{}, "the log's head");
}

// Fails when versions alone are compared, for streams that are written or only read.
void the_same_version_of_another_commit_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto real =
    on.write({stream_of("order-1").event("placed"), stream_of("order-2").event("placed")});
  must_commit(*store, real);
  const stream_head imagined{{1}, on.ids.next_commit()};
  const auto written = on.write({stream_of("order-1").at(imagined).event("paid")});
  check_equal(must_refuse(*store, written).streams.at(0).found, head_after(real, "order-1"),
              "found");
  must_refuse(*store, on.write({stream_of("order-1").at(head_after(real, "order-1")).event("paid"),
                                stream_of("order-2").at(imagined)}));
  check_equal(must(store->head()).position, log_position{2}, "the log's position");
}

// Fails when commits alone are compared: one commit may write several versions.
void another_version_of_the_same_commit_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto base = on.write({stream_of("order-1").event("placed").event("paid")});
  must_commit(*store, base);
  for (const std::uint64_t wrong : {1U, 3U}) {
    const stream_head expected{{wrong}, base.commit};
    must_refuse(*store, on.write({stream_of("order-1").at(expected).event("sent")}));
    must_refuse(*store,
                on.write({stream_of("other-1").event("x"), stream_of("order-1").at(expected)}));
  }
  check_equal(must(store->head()).position, log_position{2}, "the log's position");
}

// Ours submits version 8 and decides on it before it is durable. A stranger commits his version 8
// first, so ours is refused; the next of ours, which expects version 8, rests on a state that never
// existed and must be refused too.
void a_stranger_commits_first(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto stranger = backend.lacks(contract_need::same_database).empty() ? on.open() : store;
  auto history = stream_of("account-1");
  for (int i = 1; i <= 7; ++i)
    history.event("deposited");
  const auto base = on.write({history});
  must_commit(*store, base);
  const auto at_7 = head_after(base, "account-1");
  const auto ours = on.write({stream_of("account-1").at(at_7).event("ours")});
  const auto our_next =
    on.write({stream_of("account-1").at(head_after(ours, "account-1")).event("built_on_ours")});
  const auto his = on.write({stream_of("account-1").at(at_7).event("his")});

  must_commit(*stranger, his);
  must_refuse(*store, ours);
  const auto refusal = must_refuse(*store, our_next);
  check_equal(refusal.streams.at(0).expected.version, refusal.streams.at(0).found.version,
              "the versions are equal and do not tell");
  check_equal(refusal.streams.at(0).found.commit, his.commit, "the commit does");
  check_equal(read_all(*store, "account-1").events.back().type, "his", "the last event");
}

// Fails when streams that are only read are not checked.
void a_stale_stream_that_is_only_read_refuses_the_write(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto limit = on.write({stream_of("limit-1").event("set")});
  must_commit(*store, limit);
  must_commit(*store,
              on.write({stream_of("limit-1").at(head_after(limit, "limit-1")).event("lowered")}));
  const auto decision = on.write({stream_of("account-1").event("withdrawn"),
                                  stream_of("limit-1").at(head_after(limit, "limit-1"))});
  const auto refusal = must_refuse(*store, decision);
  check_equal(refusal.streams.size(), 1U, "streams that do not fit");
  check_equal(refusal.streams.front().stream.text(), "limit-1", "the stream");
  check_equal(head_of(*store, "account-1"), stream_head{}, "the written stream is untouched");
}

void a_current_stream_that_is_only_read_allows_the_write(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto limit = on.write({stream_of("limit-1").event("set")});
  must_commit(*store, limit);
  const auto limit_head = head_after(limit, "limit-1");
  const auto done =
    must_commit(*store, on.write({stream_of("account-1").event("withdrawn"),
                                  stream_of("limit-1").at(limit_head), stream_of("missing-1")}));
  check_equal(done.streams.size(), 1U, "written streams");
  check_equal(head_of(*store, "limit-1"), limit_head, "the read stream is as it was");
  check_equal(head_of(*store, "missing-1"), stream_head{}, "the missing one is still missing");
}

void two_streams_in_one_append_stay_apart(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("a-1").event("left", R"({"n":1})"),
                                stream_of("b-1").event("right", R"({"n":2})")}));
  const auto a = read_all(*store, "a-1");
  const auto b = read_all(*store, "b-1");
  check_equal(types_in(a.events), "left", "the first stream");
  check_equal(types_in(b.events), "right", "the second stream");
  check_equal(a.head.commit, b.head.commit, "one commit wrote both");
}

void a_conflict_on_one_of_two_streams_leaves_both_untouched(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto before = on.write({stream_of("b-1").event("first")});
  must_commit(*store, before);
  must_refuse(*store, on.write({stream_of("a-1").event("left"), stream_of("b-1").event("right")}));
  check_equal(head_of(*store, "a-1"), stream_head{}, "the stream that fitted");
  check_equal(head_of(*store, "b-1"), head_after(before, "b-1"), "the stream that did not");
  check_equal(must(store->head()).position, log_position{1}, "the log's position");
}

void a_refusal_names_every_stream_that_does_not_fit(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("a-1").event("x"), stream_of("c-1").event("x")}));
  const auto refusal = must_refuse(
    *store, on.write({stream_of("a-1"), stream_of("b-1").event("y"), stream_of("c-1").event("y")}));
  check_equal(refusal.streams.size(), 2U, "streams that do not fit");
  check_equal(refusal.streams[0].stream.text(), "a-1", "the first");
  check_equal(refusal.streams[1].stream.text(), "c-1", "the second");
}

// Each reads both streams and writes the other one; running both would be write skew.
void of_a_write_skew_pair_one_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto base =
    on.write({stream_of("doctor-1").event("on_call"), stream_of("doctor-2").event("on_call")});
  must_commit(*store, base);
  const auto first = head_after(base, "doctor-1");
  const auto second = head_after(base, "doctor-2");
  must_commit(*store, on.write({stream_of("doctor-1").at(first).event("off_call"),
                                stream_of("doctor-2").at(second)}));
  must_refuse(*store, on.write({stream_of("doctor-1").at(first),
                                stream_of("doctor-2").at(second).event("off_call")}));
  check_equal(head_of(*store, "doctor-2"), second, "the second stream");
}

// Fails when a write set without events is waved through.
void a_decision_without_events_is_checked_like_any_other(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto base = on.write({stream_of("order-1").event("placed")});
  must_commit(*store, base);
  const auto current = stream_of("order-1").at(head_after(base, "order-1"));
  const auto stale = stream_of("order-1");
  for (const bool is_answer : {false, true}) {
    const auto with = [&](const stream_of& stream) {
      const auto set = on.write({stream});
      return is_answer ? contract_bench::answer(set) : set;
    };
    must_refuse(*store, with(stale));
    const auto set = with(current);
    check_equal(must_commit(*store, set), committed{set.commit, {0}, 0, {}}, "the outcome");
  }
  check_equal(must(store->head()).position, log_position{1}, "the log's position");
  check_equal(head_of(*store, "order-1"), head_after(base, "order-1"), "the stream's head");
}

void events_of_one_append_keep_their_order_and_count_versions_by_stream(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto before = on.write({stream_of("b-1").event("b1")});
  must_commit(*store, before);
  auto set = on.write({stream_of("a-1").event("a1").event("a2"),
                       stream_of("b-1").at(head_after(before, "b-1")).event("b2").event("b3"),
                       stream_of("c-1")});
  std::swap(set.events[1], set.events[2]); // a1 b2 a2 b3
  const auto done = must_commit(*store, set);
  check_equal(done.first, log_position{2}, "the first position");
  check_equal(done.count, 4U, "events");
  check(done.streams
          == std::vector<written_stream>{{set.reads[0].stream, {2}}, {set.reads[1].stream, {3}}},
        "the new versions are those of the written streams only: " + shown(done));
  const auto log = read_log_of(*store);
  check_equal(types_in(log.events), "b1 a1 b2 a2 b3", "the log");
  check_equal(types_in(read_all(*store, "a-1").events), "a1 a2", "one stream");
  const auto b = read_all(*store, "b-1");
  check_equal(types_in(b.events), "b1 b2 b3", "the other stream");
  for (std::size_t i = 0; i < b.events.size(); ++i)
    check_equal(b.events[i].version, stream_version{i + 1}, "its versions");
}

} // namespace

auto append_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(an_event_is_written_and_read_back, nothing),
    EVENTCORE_CASE(the_new_version_counts_every_event, nothing),
    EVENTCORE_CASE(a_second_append_at_the_same_expectation_is_refused, nothing),
    EVENTCORE_CASE(of_two_first_writes_to_a_stream_one_is_refused, nothing),
    EVENTCORE_CASE(expecting_a_stream_that_does_not_exist_is_refused, nothing),
    EVENTCORE_CASE(the_same_version_of_another_commit_is_refused, nothing),
    EVENTCORE_CASE(another_version_of_the_same_commit_is_refused, nothing),
    EVENTCORE_CASE(a_stranger_commits_first, nothing),
    EVENTCORE_CASE(a_stale_stream_that_is_only_read_refuses_the_write, nothing),
    EVENTCORE_CASE(a_current_stream_that_is_only_read_allows_the_write, nothing),
    EVENTCORE_CASE(two_streams_in_one_append_stay_apart, nothing),
    EVENTCORE_CASE(a_conflict_on_one_of_two_streams_leaves_both_untouched, nothing),
    EVENTCORE_CASE(a_refusal_names_every_stream_that_does_not_fit, nothing),
    EVENTCORE_CASE(of_a_write_skew_pair_one_is_refused, nothing),
    EVENTCORE_CASE(a_decision_without_events_is_checked_like_any_other, nothing),
    EVENTCORE_CASE(events_of_one_append_keep_their_order_and_count_versions_by_stream, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
