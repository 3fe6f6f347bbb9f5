#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

struct looked_after {
  explicit looked_after(contract_backend& backend)
      : on{backend}, store{on.open({.clock = clock})} {}

  auto work() const -> store_maintenance& { return store->maintenance(); }

  /// Commits one event on top of a stream.
  auto commit(std::string_view stream, std::string type = "e") -> write_set {
    auto set = on.write({stream_of(stream).at(head_of(*store, stream)).event(std::move(type))});
    must_commit(*store, set);
    return set;
  }

  void keep(std::string_view stream, std::string view, std::string payload) const {
    check(must(store->save_snapshot({.stream = must(stream_id::of(stream)),
                                     .view = std::move(view),
                                     .fold = "v1",
                                     .head = head_of(*store, stream),
                                     .payload = std::move(payload)})),
          "the snapshot is kept");
  }

  /// "order-1:order order-2:stock"
  auto snapshots(const stream_query& query = {}) const -> std::string {
    std::string names;
    for (const auto& each : must(work().list_snapshots(query)))
      names += fmt::format("{}{}:{}", names.empty() ? "" : " ", each.stream, each.view);
    return names;
  }

  contract_bench on;
  manual_clock clock;
  std::shared_ptr<event_store> store;
};

// -- statistics ---------------------------------------------------------------

void statistics_count_what_is_there(contract_backend& backend) {
  looked_after it{backend};
  const auto empty = must(it.work().statistics());
  check(empty.head == log_head{} && empty.kinds.empty(), "an empty store has no events");
  check_equal(empty.requests + empty.snapshots + empty.snapshot_bytes + empty.archives, 0U,
              "nor anything else");
  for (const auto* id : {"order-1", "order-2", "stock-1", "loose"})
    it.commit(id);
  it.commit("order-1");
  must_commit(*it.store, it.on.write_for("r/1", {stream_of("stock-2").event("e")}));
  must_commit(*it.store, it.on.write_for("r/2", {stream_of("nothing-1")}));
  it.keep("order-1", "order", "12345");
  it.keep("order-1", "other", "123");
  const auto found = must(it.work().statistics());
  check_equal(found.head, must(it.store->head()), "the log's head");
  using kind = store_statistics::kind;
  check(found.kinds == std::vector<kind>{{"", 1, 1}, {"order", 2, 3}, {"stock", 2, 2}},
        "the kinds, by name");
  check_equal(found.requests, 2U, "requests");
  check_equal(found.snapshots, 2U, "snapshots");
  check_equal(found.snapshot_bytes, 8U, "bytes of snapshots");
  check_equal(found.archives, 0U, "archives");
  check_equal(found.bytes > 0, found.schema > 0, "a database has a size and a schema");
}

// -- requests -----------------------------------------------------------------

void requests_are_listed_as_they_were_recorded(contract_backend& backend) {
  looked_after it{backend};
  const auto wrote = it.on.write_for(
    "b/1", {stream_of("order-1").event("e"), stream_of("stock-1").event("f").event("g")}, "one");
  const auto done = must_commit(*it.store, wrote);
  const auto first_time = it.clock();
  it.clock.advance(5s);
  const auto wrote_nothing = it.on.write_for("a/1", {stream_of("order-2")}, "two");
  const auto empty = must_commit(*it.store, wrote_nothing);
  const auto found = must(it.work().list_requests("", 10));
  check_equal(found.size(), 2U, "requests");
  check(found[0]
          == recorded_request{wrote_nothing.request->id, wrote_nothing.request->digest, empty,
                              it.clock()},
        "one that wrote nothing");
  check(found[1] == recorded_request{wrote.request->id, wrote.request->digest, done, first_time},
        "one that wrote events");
}

void lists_of_requests_go_on_after_their_last(contract_backend& backend) {
  looked_after it{backend};
  for (const auto* id : {"b/2", "a/10", "B/1", "a/9", "b/1"})
    must_commit(*it.store, it.on.write_for(id, {stream_of("nothing-1")}));
  const auto page = [&](std::string_view after, std::size_t limit) {
    std::string names;
    for (const auto& each : must(it.work().list_requests(after, limit)))
      names.append(names.empty() ? "" : " ").append(each.id.text());
    return names;
  };
  check_equal(page("", 3), "B/1 a/10 a/9", "the first page");
  check_equal(page("a/9", 3), "b/1 b/2", "the next");
  check_equal(page("b/2", 3), "", "past the last");
  check_equal(page("a/5", 1), "a/9", "after one that is not there");
}

void requests_are_forgotten_by_their_age(contract_backend& backend) {
  looked_after it{backend};
  const auto old = it.on.write_for("r/old", {stream_of("order-1").event("e")});
  must_commit(*it.store, old);
  it.clock.advance(1h);
  const auto young = it.on.write_for("r/young", {stream_of("order-2").event("e")});
  must_commit(*it.store, young);
  check_equal(must(it.work().forget_requests(2h, 10)), 0U, "nothing is that old");
  check_equal(must(it.work().forget_requests(std::chrono::milliseconds::max(), 10)), 0U,
              "nor older than all times");
  it.clock.advance(1h);
  check_equal(must(it.work().forget_requests(2h, 10)), 0U, "as old is not older");
  it.clock.advance(1ms);
  check_equal(must(it.work().forget_requests(2h, 10)), 1U, "one is older");
  check_equal(must(it.work().forget_requests(2h, 10)), 0U, "once");
  must_repeat(*it.store, young);
  // Its id is a new one: what is repeated meets the stream where it stands now.
  must_refuse(*it.store, old);
  must_commit(*it.store, it.on.write_for("r/old", {stream_of("order-3").event("e")}, "another"));
  check_healthy(*it.store);
}

void a_bounded_number_of_requests_is_forgotten_at_once(contract_backend& backend) {
  looked_after it{backend};
  for (int i = 0; i < 7; ++i)
    must_commit(*it.store, it.on.write_for(fmt::format("r/{}", i), {stream_of("nothing-1")}));
  it.clock.advance(1s);
  check_equal(must(it.work().forget_requests(500ms, 0)), 0U, "none");
  check_equal(must(it.work().forget_requests(500ms, 3)), 3U, "the first three");
  check_equal(must(it.work().list_requests("", 10)).size(), 4U, "the others stay");
  check_equal(must(it.work().forget_requests(500ms, 10)), 4U, "the others");
  check_equal(must(it.work().statistics()).requests, 0U, "none is left");
}

// -- snapshots ----------------------------------------------------------------

void snapshots_are_listed_by_stream_and_view(contract_backend& backend) {
  looked_after it{backend};
  for (const auto* id : {"order-2", "order-1", "order-3", "stock-1", "bare-1"})
    it.commit(id);
  it.keep("order-2", "order", "12");
  it.keep("order-1", "order", "1");
  it.keep("order-1", "audit", "123");
  it.keep("stock-1", "stock", "");
  check_equal(it.snapshots(), "order-1:audit order-1:order order-2:order stock-1:stock", "all");
  check_equal(it.snapshots({.prefix = "order-"}), "order-1:audit order-1:order order-2:order",
              "of a prefix");
  check_equal(it.snapshots({.kinds = {"stock"}}), "stock-1:stock", "of a kind");
  check_equal(it.snapshots({.limit = 1}), "order-1:audit order-1:order",
              "the limit is one of streams");
  check_equal(it.snapshots({.after = "order-1", .limit = 2}), "order-2:order stock-1:stock",
              "those after, past streams that have none");
  check(must(it.work().list_snapshots({})).at(0)
          == snapshot_entry{.stream = "order-1",
                            .view = "audit",
                            .fold = "v1",
                            .head = head_of(*it.store, "order-1"),
                            .bytes = 3},
        "what is told of one");
}

void dropped_snapshots_are_forgotten(contract_backend& backend) {
  looked_after it{backend};
  for (const auto* id : {"order-1", "order-2", "stock-1"}) {
    it.commit(id);
    it.keep(id, "one", "{}");
    it.keep(id, "two", "{}");
  }
  check_equal(must(it.work().drop_snapshots({.kinds = {"nothing"}})), 0U, "of no stream");
  check_equal(must(it.work().drop_snapshots({.kinds = {"order"}, .limit = 1})), 4U,
              "of a kind, without a limit");
  check_equal(it.snapshots(), "stock-1:one stock-1:two", "the others stay");
  check(!must(it.store->load_snapshot(must(stream_id::of("order-1")), "one")), "it is gone");
  check(must(it.store->load_snapshot(must(stream_id::of("stock-1")), "one")).has_value(),
        "it is there");
  it.keep("order-1", "one", "again");
  check_equal(must(it.work().drop_snapshots({})), 3U, "of all streams");
}

// -- what is refused ----------------------------------------------------------

void a_malformed_selection_is_refused(contract_backend& backend) {
  const looked_after it{backend};
  for (const auto& query : {stream_query{.glob = "a[b"}, stream_query{.kinds = {"a-1"}},
                            stream_query{.prefix = "\xFF"}}) {
    must_fail(it.work().list_streams(query), errc::invalid_argument);
    must_fail(it.work().list_snapshots(query), errc::invalid_argument);
    must_fail(it.work().drop_snapshots(query), errc::invalid_argument);
  }
}

void a_store_opened_for_reading_is_looked_at_only(contract_backend& backend) {
  looked_after it{backend};
  it.commit("order-1", std::string{closed_event});
  it.keep("order-1", "order", "{}");
  const auto store = it.on.open({.read_only = true});
  auto& work = store->maintenance();
  must(work.list_streams({}));
  must(work.list_requests("", 10));
  must(work.list_snapshots({}));
  must(work.statistics());
  must(work.list_archives());
  check_equal(must(work.restoring()), "", "it is not being restored");
  must_fail(work.drop_snapshots({}), errc::read_only);
  must_fail(work.forget_requests(0ms, 10), errc::read_only);
  must_fail(work.restore({.source = "s", .archives = {}, .events = {}, .requests = {}}),
            errc::read_only);
  must_fail(work.archive({.file = "f", .checksum = "c"}, {}), errc::read_only);
  must_fail(work.unarchive("f", {}), errc::read_only);
  must_fail(work.forget_archive("f"), errc::read_only);
}

} // namespace

auto maintenance_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_malformed_selection_is_refused, nothing),
    EVENTCORE_CASE(statistics_count_what_is_there, nothing),
    EVENTCORE_CASE(requests_are_listed_as_they_were_recorded, nothing),
    EVENTCORE_CASE(lists_of_requests_go_on_after_their_last, nothing),
    EVENTCORE_CASE(requests_are_forgotten_by_their_age, nothing),
    EVENTCORE_CASE(a_bounded_number_of_requests_is_forgotten_at_once, nothing),
    EVENTCORE_CASE(snapshots_are_listed_by_stream_and_view, nothing),
    EVENTCORE_CASE(dropped_snapshots_are_forgotten, nothing),
    EVENTCORE_CASE(a_store_opened_for_reading_is_looked_at_only, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
