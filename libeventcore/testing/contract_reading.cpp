#include "contract_bench.hpp"

#include <limits>

namespace eventcore::testing {

namespace {

auto versions_in(const stream_page& page) -> std::string {
  std::string versions;
  for (const auto& event : page.events)
    versions.append(versions.empty() ? "" : " ").append(std::to_string(event.version.value));
  return versions;
}

// What is asked of stream s-1.
struct question {
  stream_version after{};
  stream_version before = stream_version::max();
  page_bounds page{};
  eventcore::direction direction = eventcore::direction::forwards;
};

// A store whose stream s-1 has nine events of 100 bytes, and a neighbour that must not show.
struct nine_events {
  explicit nine_events(contract_backend& backend) : on{backend}, store{on.open()} {
    auto stream = stream_of("s-1");
    for (int i = 0; i < 9; ++i)
      stream.bytes("e" + std::to_string(i + 1), std::string(100, static_cast<char>('1' + i)));
    set = on.write({stream_of("neighbour-1").event("x"), stream});
    must_commit(*store, set);
  }

  auto read(const question& asked) const -> stream_page {
    return must(store->read(
      read_stream{set.reads.at(1).stream, asked.after, asked.before, asked.page, asked.direction}));
  }

  contract_bench on;
  std::shared_ptr<event_store> store;
  write_set set;
};

// A missing stream is not a failure.
void a_missing_stream_reads_as_empty_at_version_0(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto page = read_all(*store, "nobody-1");
  check_equal(page.events.size(), 0U, "events");
  check_equal(page.head, stream_head{}, "the head");
  check(page.complete, "the page is complete");
}

void an_empty_log_reads_as_empty_at_position_0(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  check_equal(must(store->head()), log_head{}, "the log's head");
  const auto page = read_log_of(*store);
  check_equal(page.events.size(), 0U, "events");
  check_equal(page.head, log_head{}, "the page's head");
  check(page.complete && page.through == log_position{}, "the page is complete and went nowhere");
}

void reading_after_a_version_excludes_it(contract_backend& backend) {
  const nine_events nine{backend};
  check_equal(versions_in(nine.read({.after = {6}})), "7 8 9", "after 6");
  check_equal(versions_in(nine.read({.after = {9}})), "", "after the last");
  check_equal(versions_in(nine.read({.after = {100}})), "", "after what is not there");
  check_equal(versions_in(nine.read({.after = stream_version::max()})), "", "after everything");
}

void reading_before_a_version_excludes_it(contract_backend& backend) {
  const nine_events nine{backend};
  check_equal(versions_in(nine.read({.before = {3}})), "1 2", "before 3");
  check_equal(versions_in(nine.read({.after = {3}, .before = {6}})), "4 5", "between");
  check_equal(versions_in(nine.read({.after = {3}, .before = {4}})), "", "between neighbours");
  check_equal(versions_in(nine.read({.after = {6}, .before = {3}})), "", "crossed bounds");
  check_equal(versions_in(nine.read({.before = {0}})), "", "before everything");
  check_equal(versions_in(nine.read({.before = {100}})), "1 2 3 4 5 6 7 8 9",
              "before what is not there");
}

void a_stream_is_read_backwards(contract_backend& backend) {
  const nine_events nine{backend};
  constexpr auto back = direction::backwards;
  check_equal(versions_in(nine.read({.direction = back})), "9 8 7 6 5 4 3 2 1", "all");
  check_equal(versions_in(nine.read({.after = {3}, .before = {7}, .direction = back})), "6 5 4",
              "between");
  const auto page = nine.read({.before = {7}, .page = {.events = 2}, .direction = back});
  check_equal(versions_in(page), "6 5", "a page");
  check(!page.complete, "the page is not complete");
  check_equal(page.head.version, stream_version{9}, "the head is the whole stream's");
}

void a_page_holds_as_many_events_as_asked_for(contract_backend& backend) {
  const nine_events nine{backend};
  const auto page = nine.read({.after = {2}, .page = {.events = 3}});
  check_equal(versions_in(page), "3 4 5", "a page");
  check(!page.complete, "the page is not complete");
  check_equal(page.head, head_after(nine.set, "s-1"), "the head is the whole stream's");
  const auto last = nine.read({.after = {6}, .page = {.events = 3}});
  check_equal(versions_in(last), "7 8 9", "the last page");
  check(last.complete, "a page that ends with the stream is complete");
  check(nine.read({.before = {4}, .page = {.events = 3}}).complete,
        "a page that ends with the query is complete");
}

void pages_of_one_event_read_a_whole_stream(contract_backend& backend) {
  const nine_events nine{backend};
  stream_version after;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    const auto page = nine.read({.after = after, .page = {.events = 1}});
    check_equal(page.events.size(), 1U, "events");
    after = page.events.front().version;
    check_equal(after, stream_version{i}, "the version");
    check_equal(page.complete, i == 9, "whether the page is complete");
  }
}

void pages_of_no_events_or_bytes_are_refused(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto stream = must(stream_id::of("s-1"));
  must_fail(store->read(read_stream{.stream = stream, .page = {.events = 0}}),
            errc::invalid_argument, "page");
  must_fail(store->read(read_stream{.stream = stream, .page = {.bytes = 0}}),
            errc::invalid_argument, "page");
  must_fail(store->read(read_log{.page = {.events = 0}}), errc::invalid_argument, "page");
  must_fail(store->read(read_log{.page = {.bytes = 0}}), errc::invalid_argument, "page");
  must_fail(store->read(read_stream{}), errc::invalid_argument, "name");
}

void a_page_ends_at_its_bytes_but_never_before_its_first_event(contract_backend& backend) {
  const nine_events nine{backend};
  for (const std::size_t bytes : {1U, 100U}) {
    const auto page = nine.read({.page = {.bytes = bytes}});
    check_equal(versions_in(page), "1", "a page of one event's bytes, or less");
    check(!page.complete, "the page is not complete");
  }
  check_equal(versions_in(nine.read({.page = {.bytes = 300}})), "1 2 3",
              "a page of three events' bytes");
  check_equal(versions_in(nine.read({.page = {.bytes = 399}})), "1 2 3",
              "a page that the next event does not fit into");
  const auto log = must(nine.store->read(read_log{.after = {1}, .page = {.bytes = 200}}));
  check_equal(log.events.size(), 2U, "a page of the log");
  check(!log.complete && log.through == log_position{3}, "it goes on after its last event");
}

void the_largest_page_holds_everything(contract_backend& backend) {
  const nine_events nine{backend};
  constexpr page_bounds largest{.events = std::numeric_limits<std::size_t>::max(),
                                .bytes = std::numeric_limits<std::size_t>::max()};
  check_equal(nine.read({.page = largest}).events.size(), 9U, "events of the stream");
  check_equal(must(nine.store->read(read_log{.page = largest})).events.size(), 10U,
              "events of the log");
}

void several_streams_are_read_at_once(contract_backend& backend) {
  const nine_events nine{backend};
  const auto stream = nine.set.reads.at(1).stream;
  const std::vector<read_stream> queries{
    {.stream = stream, .after = {7}},
    {.stream = must(stream_id::of("nobody-1"))},
    {.stream = must(stream_id::of("neighbour-1"))},
    {.stream = stream, .before = {3}, .direction = direction::backwards}};
  const auto pages = must(nine.store->read(queries));
  check_equal(pages.size(), 4U, "pages");
  check_equal(versions_in(pages[0]), "8 9", "the first");
  check_equal(versions_in(pages[1]), "", "the missing one");
  check_equal(types_in(pages[2].events), "x", "the third");
  check_equal(versions_in(pages[3]), "2 1", "the first stream again, asked otherwise");
  check_equal(pages[0].head, pages[3].head, "its head");
  check_equal(must(nine.store->read(std::span<const read_stream>{})).size(), 0U,
              "pages of no queries");
}

// A page keeps what its views point to, whatever is written later and when the store has gone. (An
// address sanitizer sees more of it than the texts do.)
void a_page_of_a_stream_outlives_the_store(contract_backend& backend) {
  stream_page page;
  {
    nine_events nine{backend};
    page = nine.read({});
    must_commit(
      *nine.store,
      nine.on.write({stream_of("s-1").at(page.head).bytes("more", std::string(5000, 'x'))}));
  }
  const auto copy = page;
  page = {};
  check_equal(versions_in(copy), "1 2 3 4 5 6 7 8 9", "the versions");
  for (std::size_t i = 0; i < copy.events.size(); ++i) {
    check_equal(copy.events[i].payload, std::string(100, static_cast<char>('1' + i)), "a payload");
    check_equal(copy.events[i].stream, "s-1", "a stream");
  }
}

void a_page_of_the_log_outlives_the_store(contract_backend& backend) {
  log_page page;
  {
    nine_events nine{backend};
    page = read_log_of(*nine.store);
    must_commit(*nine.store,
                nine.on.write({stream_of("later-1").bytes("more", std::string(5000, 'x'))}));
  }
  const auto copy = page;
  page = {};
  check_equal(types_in(copy.events), "x e1 e2 e3 e4 e5 e6 e7 e8 e9", "the types");
  check_equal(copy.events.at(9).payload, std::string(100, '9'), "a payload");
  check_equal(copy.events.at(9).stream, "s-1", "a stream");
}

} // namespace

auto reading_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_missing_stream_reads_as_empty_at_version_0, nothing),
    EVENTCORE_CASE(an_empty_log_reads_as_empty_at_position_0, nothing),
    EVENTCORE_CASE(reading_after_a_version_excludes_it, nothing),
    EVENTCORE_CASE(reading_before_a_version_excludes_it, nothing),
    EVENTCORE_CASE(a_stream_is_read_backwards, nothing),
    EVENTCORE_CASE(a_page_holds_as_many_events_as_asked_for, nothing),
    EVENTCORE_CASE(pages_of_one_event_read_a_whole_stream, nothing),
    EVENTCORE_CASE(pages_of_no_events_or_bytes_are_refused, nothing),
    EVENTCORE_CASE(a_page_ends_at_its_bytes_but_never_before_its_first_event, nothing),
    EVENTCORE_CASE(the_largest_page_holds_everything, nothing),
    EVENTCORE_CASE(several_streams_are_read_at_once, nothing),
    EVENTCORE_CASE(a_page_of_a_stream_outlives_the_store, nothing),
    EVENTCORE_CASE(a_page_of_the_log_outlives_the_store, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
