#include "contract_bench.hpp"
#include "contract_logs.hpp"

#include <string>
#include <vector>

namespace eventcore::testing {

namespace {

constexpr std::string_view closing = closed_event;

auto entry(std::string file, int hours = 0) -> archive_entry {
  return {.file = std::move(file),
          .checksum = "0123456789abcdef",
          .made_at = timestamp{std::chrono::hours{480'000 + hours}}};
}

/// Two closed streams and an open one, lying mixed.
struct closed_streams {
  explicit closed_streams(contract_backend& backend) : on{backend}, store{on.open()} {
    auto first =
      on.write({stream_of("order-1").event("placed", R"({"n": 1})").bytes("scanned", {"\0\xFF", 2}),
                stream_of("order-2").event("placed", R"({"n": 2})"),
                stream_of("stock-1").event("taken", R"({"n": 3})")});
    first.metadata.actor = "alice";
    must_commit(*store, first);
    must_commit(*store,
                on.write({next("order-1").event("paid", R"({"n": 4})").event(std::string{closing}),
                          next("order-2").event(std::string{closing})}));
  }

  auto next(std::string_view stream) const -> stream_of {
    return stream_of(stream).at(head_of(*store, stream));
  }

  auto work() const -> store_maintenance& { return store->maintenance(); }

  auto expected(std::string_view stream) const -> expectation {
    return {must(stream_id::of(stream)), head_of(*store, stream)};
  }

  auto archive(const archive_entry& into, const std::vector<std::string>& streams) const
    -> std::uint64_t {
    std::vector<expectation> all;
    for (const auto& each : streams)
      all.push_back(expected(each));
    return must(work().archive(into, all));
  }

  /// For each event of a stream: its payload, or in brackets where it is.
  auto payloads(std::string_view stream) const -> std::string {
    std::string all;
    for (const auto& event : read_all(*store, stream).events)
      all += event.encoding == encoding::archived ? fmt::format("[{}]", event.payload)
                                                  : std::string{event.payload};
    return all;
  }

  /// The file of each archive, parted by blanks.
  auto files() const -> std::string {
    std::string files;
    for (const auto& each : must(work().list_archives()))
      files.append(files.empty() ? "" : " ").append(each.file);
    return files;
  }

  contract_bench on;
  std::shared_ptr<event_store> store;
};

void an_archived_event_says_where_its_payload_is(contract_backend& backend) {
  closed_streams it{backend};
  const auto before = read_log_of(*it.store);
  check_equal(it.archive(entry("old.json"), {"order-1", "order-2"}), 4U, "payloads");
  check_equal(it.payloads("order-1"), "[old.json][old.json][old.json]{}", "one stream");
  check_equal(it.payloads("order-2"), "[old.json]{}", "the other");
  check_equal(it.payloads("stock-1"), R"({"n": 3})", "the open one");
  auto wanted = before;
  for (auto& event : wanted.events)
    if (event.stream != "stock-1" && event.type != closing) {
      event.encoding = encoding::archived;
      event.payload = "old.json";
    }
  check_same_log(wanted, read_log_of(*it.store));
  check_equal(must(it.store->head()), before.head, "the log's head");
  check_healthy(*it.store);
}

void a_page_that_was_read_before_keeps_its_payloads(contract_backend& backend) {
  closed_streams it{backend};
  const auto page = read_all(*it.store, "order-1");
  it.archive(entry("old.json"), {"order-1"});
  check_equal(page.events[0].payload, R"({"n": 1})", "the payload");
}

void archives_are_listed_in_the_order_of_their_making(contract_backend& backend) {
  closed_streams it{backend};
  check_equal(it.files(), "", "none at first");
  it.archive(entry("late.json", 2), {"order-1"});
  it.archive(entry("early.json", 1), {"order-2"});
  check_equal(it.files(), "early.json late.json", "all");
  check(must(it.work().list_archives())[1] == entry("late.json", 2), "what is told of one");
  check_equal(must(it.work().statistics()).archives, 2U, "counted");
  const auto streams = must(it.work().list_streams({}));
  check(streams[0].archived && streams[1].archived && !streams[2].archived,
        "streams say that they are archived");
}

void several_transactions_fill_one_archive(contract_backend& backend) {
  closed_streams it{backend};
  check_equal(it.archive(entry("old.json"), {"order-1"}), 3U, "payloads");
  check_equal(it.archive(entry("old.json"), {"order-2"}), 1U, "more");
  check_equal(it.files(), "old.json", "one archive");
  auto another = entry("old.json");
  another.checksum = "ffff";
  must_fail(it.work().archive(another, std::vector{it.expected("order-2")}), errc::invalid_argument,
            "another checksum");
}

void a_stream_that_moved_on_is_not_archived(contract_backend& backend) {
  closed_streams it{backend};
  const std::vector seen{it.expected("order-1"), it.expected("order-2")};
  must_commit(*it.store, it.on.write({it.next("order-2").event("e").event(std::string{closing})}));
  const auto failed =
    must_fail(it.work().archive(entry("old.json"), seen), errc::version_conflict, "order-2");
  check_equal(failed.streams.size(), 1U, "streams");
  check_equal(failed.streams[0].stream, seen[1].stream, "the stream");
  check_equal(failed.streams[0].expected, seen[1].head, "where it was expected");
  check_equal(failed.streams[0].found, head_of(*it.store, "order-2"), "where it is");
  must_fail(
    it.work().archive(
      entry("old.json"),
      std::vector{expectation{
        .stream = must(stream_id::of("order-1")),
        .head = {.version = {4}, .commit = read_all(*it.store, "order-1").events[0].commit}}}),
    errc::version_conflict, "order-1");
  check(it.payloads("order-1").starts_with("{"), "nothing of the other was taken");
  check_equal(it.files(), "", "there is no archive");
}

void a_stream_that_is_open_is_not_archived(contract_backend& backend) {
  closed_streams it{backend};
  must_fail(it.work().archive(entry("old.json"),
                              std::vector{it.expected("order-1"), it.expected("stock-1")}),
            errc::invalid_argument, "stream stock-1 is not closed");
  must_fail(it.work().archive(entry("old.json"), std::vector{it.expected("missing-1")}),
            errc::invalid_argument, "missing-1");
  must_commit(*it.store, it.on.write({it.next("order-2").event("again")}));
  must_fail(it.work().archive(entry("old.json"), std::vector{it.expected("order-2")}),
            errc::invalid_argument, "stream order-2 is not closed");
  check(it.payloads("order-1").starts_with("{"), "nothing of the other was taken");
}

void a_stream_goes_on_behind_its_archived_events(contract_backend& backend) {
  closed_streams it{backend};
  it.archive(entry("first.json", 1), {"order-2"});
  must_commit(*it.store, it.on.write({it.next("order-2").event("again", R"({"n": 5})")}));
  check_equal(it.payloads("order-2"), R"([first.json]{}{"n": 5})", "opened again");
  check_healthy(*it.store);
  must_commit(*it.store, it.on.write({it.next("order-2").event(std::string{closing})}));
  check_equal(it.archive(entry("second.json", 2), {"order-2"}), 1U, "what is new");
  check_equal(it.payloads("order-2"), "[first.json]{}[second.json]{}", "closed again");
  check_equal(it.archive(entry("third.json", 3), {"order-2"}), 0U, "nothing is left");
  check_healthy(*it.store);
}

void payloads_come_back(contract_backend& backend) {
  closed_streams it{backend};
  const auto before = read_log_of(*it.store);
  it.archive(entry("old.json"), {"order-1", "order-2"});
  check_equal(must(it.work().unarchive("old.json", before.events)), 4U, "all that were taken");
  check_same_log(before, read_log_of(*it.store));
  check_equal(must(it.work().unarchive("old.json", before.events)), 0U, "once");
  check(!must(it.work().list_streams({}))[0].archived, "the stream is whole");
  check_healthy(*it.store);
}

void only_payloads_of_that_archive_come_back(contract_backend& backend) {
  closed_streams it{backend};
  const auto before = read_log_of(*it.store);
  it.archive(entry("one.json", 1), {"order-1"});
  it.archive(entry("two.json", 2), {"order-2"});
  check_equal(must(it.work().unarchive("none.json", before.events)), 0U, "of an unknown one");
  check_equal(must(it.work().unarchive("two.json", before.events)), 1U, "of one");
  check_equal(it.payloads("order-2"), R"({"n": 2}{})", "they are back");
  check_equal(it.payloads("order-1"), "[one.json][one.json][one.json]{}", "the others are not");
}

void an_event_of_another_log_does_not_come_back(contract_backend& backend) {
  closed_streams it{backend};
  const auto page = read_log_of(*it.store);
  const auto& before = page.events;
  it.archive(entry("old.json"), {"order-1", "order-2"});
  const auto refused = [&](std::size_t index, auto change) {
    auto events = before;
    change(events[index]);
    must_fail(it.work().unarchive("old.json", events), errc::invalid_argument, "position");
    check_equal(it.payloads("order-1"), "[old.json][old.json][old.json]{}", "nothing came back");
  };
  refused(2, [](auto& event) { event.stream = "order-1"; });
  refused(2, [](auto& event) { event.stream = "order-9"; });
  refused(2, [](auto& event) { event.version = {2}; });
  refused(2, [&](auto& event) { event.commit = before[4].commit; });
  refused(2, [](auto& event) { event.position = {100}; });
  refused(2, [](auto& event) { event.payload = "{"; });
  refused(2, [](auto& event) { event.encoding = encoding::archived; });
  check_healthy(*it.store);
}

void an_archive_is_forgotten_when_nothing_refers_to_it(contract_backend& backend) {
  closed_streams it{backend};
  const auto page = read_log_of(*it.store);
  const auto& before = page.events;
  it.archive(entry("old.json"), {"order-1"});
  must_fail(it.work().forget_archive("old.json"), errc::invalid_argument, "old.json");
  must(it.work().unarchive("old.json", std::span{before}.first(1)));
  must_fail(it.work().forget_archive("old.json"), errc::invalid_argument, "old.json");
  must(it.work().unarchive("old.json", before));
  check_equal(it.files(), "old.json", "it is known");
  must(it.work().forget_archive("old.json"));
  check_equal(it.files(), "", "it is not");
  check_equal(it.archive(entry("old.json", 5), {"order-1"}), 3U, "its name is free");
}

void archived_events_are_restored_with_their_archives(contract_backend& backend) {
  contract_bench on{backend};
  memory_log other;
  other.append(on.write({stream_of("order-7").event("placed").event(std::string{closing})}));
  auto log = other.page();
  log.events[0].encoding = encoding::archived;
  log.events[0].payload = "old.json";
  const std::vector archives{entry("old.json")};
  const auto store = on.open();
  auto& work = store->maintenance();
  must(work.restore({.source = "bank.json",
                     .archives = archives,
                     .events = log.events,
                     .requests = {},
                     .last = true}));
  check_same_log(log, read_log_of(*store));
  check(must(work.list_archives()) == archives, "the archive is known");
  check_healthy(*store);
  must_fail(work.forget_archive("old.json"), errc::invalid_argument, "old.json");
  check_equal(must(work.unarchive("old.json", other.page().events)), 1U, "it comes back");
  check_same_log(other.page(), read_log_of(*store));
  check_healthy(*store);
}

void archives_are_kept_over_a_restart(contract_backend& backend) {
  closed_streams it{backend};
  const auto before = read_log_of(*it.store);
  it.archive(entry("old.json"), {"order-1"});
  it.store.reset();
  it.store = it.on.open();
  check_equal(it.payloads("order-1"), "[old.json][old.json][old.json]{}", "where they are");
  must(it.work().unarchive("old.json", before.events));
  it.store.reset();
  it.store = it.on.open();
  check_same_log(before, read_log_of(*it.store));
}

} // namespace

auto archive_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(an_archived_event_says_where_its_payload_is, nothing),
    EVENTCORE_CASE(a_page_that_was_read_before_keeps_its_payloads, nothing),
    EVENTCORE_CASE(archives_are_listed_in_the_order_of_their_making, nothing),
    EVENTCORE_CASE(several_transactions_fill_one_archive, nothing),
    EVENTCORE_CASE(a_stream_that_moved_on_is_not_archived, nothing),
    EVENTCORE_CASE(a_stream_that_is_open_is_not_archived, nothing),
    EVENTCORE_CASE(a_stream_goes_on_behind_its_archived_events, nothing),
    EVENTCORE_CASE(payloads_come_back, nothing),
    EVENTCORE_CASE(only_payloads_of_that_archive_come_back, nothing),
    EVENTCORE_CASE(an_event_of_another_log_does_not_come_back, nothing),
    EVENTCORE_CASE(an_archive_is_forgotten_when_nothing_refers_to_it, nothing),
    EVENTCORE_CASE(archived_events_are_restored_with_their_archives, nothing),
    EVENTCORE_CASE(archives_are_kept_over_a_restart, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
