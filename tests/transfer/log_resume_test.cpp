#include "transfer/sample_log.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <stop_token>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

// What was killed or stopped is simply repeated. A killed export leaves the beginning of what it
// would have written, to any byte.

namespace {

const std::string names[] = {"log.jsonl", "log.jsonl.gz", "log.jsonl.zst"};

/// Options that stop after some reports of progress.
struct stopping {
  template <class Options = transfer_options>
  auto after(int reports) -> Options {
    Options options;
    options.progress = [this, reports, seen = 0](std::uint64_t, std::uint64_t) mutable {
      if (++seen == reports)
        source.request_stop();
    };
    options.stop = source.get_token();
    return options;
  }

  std::stop_source source{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(resumed_logs)

BOOST_AUTO_TEST_CASE(an_export_that_was_killed_at_any_byte_goes_on) {
  const auto store = full_store(12'000); // some parts
  for (const auto& name : names) {
    const folder here;
    const auto written = must(export_log(*store, here / name));
    const auto whole = read_file(here / name);
    std::vector<std::size_t> cuts{0, 1, 10, 100, whole.size() - 1, whole.size()};
    for (std::size_t i = 1; i < 10; ++i)
      cuts.push_back(whole.size() * i / 10 + i);
    for (const auto cut : cuts) {
      std::filesystem::remove(here / name);
      write_file(here / (name + ".partial"), std::string_view{whole}.substr(0, cut));
      BOOST_TEST_CONTEXT("cut to " << cut << " bytes")
      BOOST_TEST((must(export_log(*store, here / name)) == written));
      BOOST_TEST(!std::filesystem::exists(here / (name + ".partial")));
      BOOST_TEST((must(verify_export(here / name)) == written));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_is_not_written_again) {
  const folder here;
  const auto store = full_store(30'000);
  stopping stop;
  must_fail(export_log(*store, here / "log.jsonl.zst", stop.after(2)), errc::shutting_down,
            "the same command goes on");
  std::uint64_t first = 0;
  transfer_options options;
  options.progress = [&](std::uint64_t done, std::uint64_t) { first = first == 0 ? done : first; };
  must(export_log(*store, here / "log.jsonl.zst", options));
  BOOST_TEST(first > 10'000);
}

BOOST_AUTO_TEST_CASE(an_export_goes_on_to_the_head_that_it_began_with) {
  const folder here;
  const auto store = full_store(12'000);
  const auto head = must(store->head());
  stopping stop;
  must_fail(export_log(*store, here / "log.jsonl", stop.after(1)), errc::shutting_down);
  sequential_ids ids;
  for (int i = 0; i < 100'000; ++i) // none that the log has
    static_cast<void>(ids.next_commit());
  must_commit(*store, write_of(ids, {stream_of("late-1").event("late")}));
  const auto written = must(export_log(*store, here / "log.jsonl"));
  BOOST_TEST((written.head == head));
}

BOOST_AUTO_TEST_CASE(a_partial_file_of_another_log_is_left_alone) {
  const folder here;
  stopping stop;
  must_fail(export_log(*full_store(12'000), here / "log.jsonl", stop.after(1)),
            errc::shutting_down);
  const auto before = read_file(here / "log.jsonl.partial");
  must_fail(export_log(*full_store(11'000), here / "log.jsonl"), errc::invalid_argument,
            "was begun with another log");
  BOOST_TEST(read_file(here / "log.jsonl.partial") == before);
}

BOOST_AUTO_TEST_CASE(a_partial_file_of_something_else_is_left_alone) {
  const folder here;
  for (const auto* content : {"precious", "{\"eventcore\":\"archive\",", "\x1f\x8b and more"}) {
    write_file(here / "log.jsonl.partial", content);
    must_fail(export_log(*full_store(), here / "log.jsonl"), errc::invalid_argument,
              "is not the beginning of such an export");
    BOOST_TEST(read_file(here / "log.jsonl.partial") == content);
  }
}

// As a disk may leave it when the power fails.
BOOST_AUTO_TEST_CASE(what_is_not_good_in_a_partial_file_is_written_again) {
  const folder here;
  const auto store = full_store(12'000);
  const auto written = must(export_log(*store, here / "whole.jsonl"));
  const auto whole = read_file(here / "whole.jsonl");
  auto holed = whole.substr(0, whole.size() / 2);
  holed.replace(holed.size() - 500'000, 4096, std::string(4096, '\0'));
  write_file(here / "log.jsonl.partial", holed);
  BOOST_TEST((must(export_log(*store, here / "log.jsonl")) == written));
  BOOST_TEST((read_file(here / "log.jsonl") == whole));
}

BOOST_AUTO_TEST_CASE(an_import_that_was_stopped_goes_on) {
  const folder here;
  const auto store = full_store(30'000);
  must(export_log(*store, here / "log.jsonl.gz"));
  for (const int reports : {1, 2, 4}) {
    const auto copy = empty_store();
    stopping stop;
    must_fail(import_log(here / "log.jsonl.gz", *copy, stop.after<import_options>(reports)),
              errc::shutting_down, "the same command goes on");
    const auto half = must(copy->head());
    BOOST_TEST(half.position.value > 0);
    BOOST_TEST((half != must(store->head())));
    std::uint64_t first = 0;
    import_options options;
    options.progress = [&](std::uint64_t done, std::uint64_t) {
      first = first == 0 ? done : first;
    };
    must(import_log(here / "log.jsonl.gz", *copy, options));
    BOOST_TEST(first > half.position.value);
    BOOST_TEST(must(copy->maintenance().restoring()) == "");
    BOOST_TEST((must(copy->head()) == must(store->head())));
    BOOST_TEST((must(copy->maintenance().list_requests("", 100'000))
                == must(store->maintenance().list_requests("", 100'000))));
  }
}

// An import compares what it finds with the file, and payloads may leave what it finds.
BOOST_AUTO_TEST_CASE(an_import_goes_on_where_payloads_were_archived_meanwhile) {
  const folder here;
  const auto store = empty_store();
  sequential_ids ids;
  must_commit(*store,
              write_of(ids, {stream_of("old-1").event("e").event(std::string{closed_event})}));
  write_many(*store, 12'000);
  must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  stopping stop;
  must_fail(import_log(here / "log.jsonl", *copy, stop.after<import_options>(1)),
            errc::shutting_down);
  const expectation closed{stream_id::trusted("old-1"), head_of(*copy, "old-1")};
  must(copy->maintenance().archive({.file = "old.jsonl"}, {&closed, 1}));
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST(read_all(*copy, "old-1").events.front().payload == "old.jsonl");
  BOOST_TEST((must(copy->head()) == must(store->head())));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_being_restored_takes_no_other_file_and_no_events) {
  const folder here;
  must(export_log(*full_store(30'000), here / "log.jsonl"));
  must(export_log(*full_store(29'000), here / "other.jsonl"));
  const auto copy = empty_store();
  stopping stop;
  must_fail(import_log(here / "log.jsonl", *copy, stop.after<import_options>(1)),
            errc::shutting_down);
  must_fail(import_log(here / "other.jsonl", *copy), errc::invalid_argument,
            "the store is being restored from an export of 30007 events");
  must_fail(export_log(*copy, here / "half.jsonl"), errc::invalid_argument, "finish that first");
  must(import_log(here / "log.jsonl", *copy));
}

BOOST_AUTO_TEST_CASE(importing_once_more_does_nothing) {
  const folder here;
  const auto store = full_store(100);
  const auto written = must(export_log(*store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST((must(import_log(here / "log.jsonl", *copy)) == written));
}

BOOST_AUTO_TEST_CASE(a_store_with_other_events_is_refused) {
  const folder here;
  must(export_log(*full_store(100), here / "log.jsonl"));
  const auto other = full_store(99);
  must_fail(import_log(here / "log.jsonl", *other), errc::invalid_argument,
            "the store holds 106 events already; an export goes into an empty store");
}

BOOST_AUTO_TEST_SUITE_END()
