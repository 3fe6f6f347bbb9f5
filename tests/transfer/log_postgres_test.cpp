#include "stores/postgres_backend.hpp"
#include "transfer/sample_log.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/archive_file.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <stop_token>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

namespace {

auto exported(event_store& store, const folder& in, std::string_view name) {
  must(export_log(store, in / name));
  return read_file(in / name);
}

} // namespace

BOOST_AUTO_TEST_SUITE(logs_on_postgresql)

// PostgreSQL keeps JSON as values and gives it in its own form.
BOOST_AUTO_TEST_CASE(exports_of_equal_logs_are_equal_whatever_store_they_are_of) {
  const folder here;
  postgres_backend backend;
  const auto store = full_store(2'000);
  must(export_log(*store, here / "memory.jsonl.zst"));
  const auto database = must(backend.open({}));
  must(import_log(here / "memory.jsonl.zst", *database));
  BOOST_TEST(must(database->find_damage()).empty());
  BOOST_TEST((must(database->head()) == must(store->head())));
  BOOST_TEST(
    (exported(*database, here, "postgres.jsonl") == exported(*store, here, "memory.jsonl")));
}

BOOST_AUTO_TEST_CASE(what_was_written_there_comes_back_into_memory) {
  const folder here;
  postgres_backend backend;
  const auto database = must(backend.open({}));
  write_odd_events(*database);
  write_many(*database, 3'000, 1'000);
  const auto text = exported(*database, here, "postgres.jsonl");
  const auto copy = empty_store();
  must(import_log(here / "postgres.jsonl", *copy));
  BOOST_TEST((exported(*copy, here, "memory.jsonl") == text));
}

// What is there is compared with the file, which has JSON in another form.
BOOST_AUTO_TEST_CASE(an_import_that_was_stopped_goes_on) {
  const folder here;
  postgres_backend backend;
  const auto store = full_store(12'000);
  must(export_log(*store, here / "log.jsonl"));
  const auto database = must(backend.open({}));
  std::stop_source source;
  import_options options;
  options.progress = [&](std::uint64_t, std::uint64_t) { source.request_stop(); };
  options.stop = source.get_token();
  must_fail(import_log(here / "log.jsonl", *database, options), errc::shutting_down);
  BOOST_TEST(must(database->head()).position.value > 0);
  must(import_log(here / "log.jsonl", *database));
  BOOST_TEST(exported(*database, here, "copy.jsonl") == read_file(here / "log.jsonl"));
}

BOOST_AUTO_TEST_CASE(payloads_of_closed_streams_go_and_come_back) {
  const folder here;
  postgres_backend backend;
  const auto database = must(backend.open({}));
  sequential_ids ids;
  must_commit(*database, write_of(ids, {stream_of("a-1")
                                          .event("e", R"({"n":1.50})")
                                          .bytes("e", "\xFF")
                                          .event(std::string{closed_event}),
                                        stream_of("a-2").event("e")}));
  const auto before = described(*database);
  const auto done = must(archive_streams(*database, here / "old.jsonl.gz", {}));
  BOOST_TEST(done.payloads == 2);
  BOOST_TEST((read_all(*database, "a-1").events.front().encoding == encoding::archived));
  BOOST_TEST(must(database->find_damage()).empty());
  must(restore_archive(*database, here / "old.jsonl.gz"));
  BOOST_TEST(described(*database) == before);
}

BOOST_AUTO_TEST_SUITE_END()
