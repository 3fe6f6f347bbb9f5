#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/clock.hpp"
#include "eventcore/testing/ids.hpp"

#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// What is special to a store in an SQLite file; what all stores do is in the contract suite.

namespace {

struct on_file : sqlite_backend {
  using sqlite_backend::open;

  auto open() -> std::shared_ptr<event_store> { return must(open(store_settings{})); }

  /// The one text that `sql` gives, as the shell of SQLite would.
  auto ask(const char* sql) const -> std::string {
    sqlite3* on = nullptr;
    sqlite3_open(file().c_str(), &on);
    std::string answer;
    const auto take = [](void* to, int, char** texts, char**) {
      *static_cast<std::string*>(to) += texts[0] ? texts[0] : "NULL";
      return 0;
    };
    char* error = nullptr;
    if (sqlite3_exec(on, sql, take, &answer, &error) != SQLITE_OK)
      answer = error;
    sqlite3_free(error);
    sqlite3_close(on);
    return answer;
  }

  sequential_ids ids;
};

} // namespace

// -- addresses ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_url_that_names_no_file_is_refused_and_says_why) {
  backends known;
  sqlite::add_to(known);
  const std::pair<const char*, const char*> wrong[] = {
    {"sqlite:", "it has no path"},
    {"sqlite://host/bank.db", "names a host"},
    {"sqlite:bank.db?mode=ro", "takes no options"},
    {"sqlite::memory:", "is opened as 'memory:'"},
  };
  for (const auto& [url, why] : wrong) {
    const auto failed = must_fail(known.open(url), errc::invalid_argument, why);
    BOOST_TEST(failed.detail.contains("write sqlite:path/bank.db"));
  }
  must_fail(known.open("sqlite:data/"), errc::invalid_argument, "names no file");
}

BOOST_FIXTURE_TEST_CASE(any_name_that_a_file_can_have_is_taken, on_file) {
  for (const auto* name :
       {"with space.db", "quote'\".db", "100%.db", "file:x.db", "a=b c=d", "ü#1.db"}) {
    const auto path = directory / name;
    BOOST_TEST_CONTEXT(name) {
      must_commit(*must(sqlite::open(path)), write_of(ids, {stream_of("a-1").event("e")}));
      BOOST_TEST(std::filesystem::exists(path));
      BOOST_TEST(must(must(sqlite::open(path))->head()).position.value == 1U);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_relative_path_stays_where_it_was_when_the_program_moves, on_file) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory);
  const auto store = must(sqlite::open("here.db"));
  std::filesystem::current_path("/");
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  BOOST_TEST(must(store->read({.stream = stream_id::trusted("a-1")})).events.size() == 1U);
  std::filesystem::current_path(before);
  BOOST_TEST(std::filesystem::exists(directory / "here.db"));
}

// -- what people find in the file ---------------------------------------------

BOOST_FIXTURE_TEST_CASE(json_lies_in_the_file_as_text_and_bytes_as_bytes, on_file) {
  must_commit(*open(), write_of(ids, {stream_of("a-1")
                                        .event("noted", R"({"text":"it's"})")
                                        .bytes("drawn", std::string{"\0x", 2})
                                        .bytes("cleared", "")}));
  BOOST_TEST(ask("SELECT payload FROM events WHERE position = 1") == R"({"text":"it's"})");
  BOOST_TEST(
    ask("SELECT json_extract(payload, '$.text') FROM log WHERE stream = 'a-1' AND version = 1")
    == "it's");
  BOOST_TEST(ask("SELECT typeof(payload) || hex(payload) FROM events WHERE position = 2")
             == "blob0078");
  BOOST_TEST(ask("SELECT typeof(payload) || length(payload) FROM events WHERE position = 3")
             == "blob0");
  BOOST_TEST(ask("SELECT kind || version FROM streams WHERE id = 'a-1'") == "a3");
}

BOOST_FIXTURE_TEST_CASE(the_log_survives_a_close_with_no_file_beside_it, on_file) {
  must_commit(*open(), write_of(ids, {stream_of("a-1").event("e")}));
  BOOST_TEST(!std::filesystem::exists(file().string() + "-wal"));
  BOOST_TEST(read_all(*open(), "a-1").events.size() == 1U);
}

// -- write sets that the database refuses -------------------------------------

// Fails when a batch that the database refuses fails as a whole, or is not admitted anew.
BOOST_FIXTURE_TEST_CASE(a_write_set_that_the_database_refuses_fails_alone, on_file) {
  const auto store = open();
  run("CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.type = 'poison' BEGIN "
      "SELECT RAISE(ABORT, 'no poison here'); END");
  std::vector<write_set> batch;
  for (const auto* stream : {"a-1", "a-2", "a-3", "a-4", "a-5"})
    batch.push_back(write_of(ids, {stream_of(stream).event("e")}));
  batch[1] = write_of(ids, {stream_of("a-2").event("e"), stream_of("b-2").event("poison")});
  batch[4] = write_of(ids, {stream_of("a-1").at(head_after(batch[0], "a-1")).event("poison")});
  batch.push_back(write_of(ids, {stream_of("a-2").event("after")}));
  const auto outcomes = store->append(batch);
  for (const auto i : {1U, 4U}) {
    const auto& failed = must_be<failure>(outcomes[i]);
    BOOST_CHECK(failed.code == errc::invalid_argument);
    BOOST_TEST(failed.detail.contains("no poison here"));
    BOOST_TEST(failed.detail.contains("nothing of it was written"));
  }
  for (const auto i : {0U, 2U, 3U, 5U})
    must_be<committed>(outcomes[i]);
  BOOST_TEST(streams_in(read_log_of(*store).events) == "a-1 a-3 a-4 a-2");
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_FIXTURE_TEST_CASE(a_clash_that_the_heads_did_not_show_is_damage_and_writes_nothing, on_file) {
  const auto store = open();
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  run("UPDATE log_head SET position = 0");
  must_fail(*store, write_of(ids, {stream_of("a-2").event("e")}), errc::store_corrupt,
            "contradict each other");
  BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
}

// -- large and many -----------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_batch_larger_than_the_memory_of_a_connection_is_one_commit, on_file) {
  const auto store = open();
  const std::string large = "\"" + std::string(1024 * 1024 - 2, 'x') + "\"";
  std::vector<write_set> batch;
  for (int i = 0; i < 24; ++i)
    batch.push_back(write_of(ids, {stream_of("a-" + std::to_string(i)).event("e", large)}));
  for (const auto& outcome : store->append(batch))
    must_be<committed>(outcome);
  const auto page = must(store->read(read_log{}));
  BOOST_TEST(page.events.size() == 16U); // 16 MiB a page
  BOOST_TEST(page.events.back().payload == large);
  BOOST_TEST(must(store->find_damage()).empty());
}

BOOST_FIXTURE_TEST_CASE(a_batch_may_write_to_more_streams_than_one_lookup_takes, on_file) {
  const auto store = open();
  std::vector<write_set> batch;
  for (int i = 0; i < 10'500; ++i)
    batch.push_back(write_of(ids, {stream_of("a-" + std::to_string(i)).event("e")}));
  for (const auto& outcome : store->append(batch))
    must_be<committed>(outcome);
  std::vector<write_set> next;
  for (int i = 0; i < 10'500; ++i) {
    const auto name = "a-" + std::to_string(i);
    next.push_back(write_of(
      ids, {stream_of(name).at(head_after(batch[static_cast<std::size_t>(i)], name)).event("f")}));
  }
  for (const auto& outcome : store->append(next))
    must_be<committed>(outcome);
  BOOST_TEST(must(store->find_damage()).empty());
}

// -- what a call leaves behind ------------------------------------------------

// Fails when a statement is left half-read: its snapshot keeps the log from being emptied.
BOOST_FIXTURE_TEST_CASE(no_call_keeps_a_snapshot_when_it_returns, on_file) {
  const auto store = open();
  for (int i = 0; i < 5; ++i)
    must_commit(*store, write_of(ids, {stream_of("a-" + std::to_string(i)).event("e").event("f")}));
  const page_bounds one{.events = 1};
  const auto id = stream_id::trusted("a-1");
  must(store->read({.stream = id, .page = one}));
  must(store->read(read_log{.filter = {.prefix = "a-"}, .page = one}));
  must(store->load_checkpoint("mail"));
  must(store->load_snapshot(id, "a"));
  must(store->find_damage());
  BOOST_TEST(ask("PRAGMA wal_checkpoint(TRUNCATE)") == "0");
  BOOST_TEST(std::filesystem::file_size(file().string() + "-wal") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_page_outlives_its_store, on_file) {
  stream_page page;
  {
    const auto store = open();
    must_commit(*store, write_of(ids, {stream_of("a-1").event("placed", R"({"total":5})")}));
    page = read_all(*store, "a-1");
  }
  BOOST_TEST(page.events[0].payload == R"({"total":5})");
  BOOST_TEST(page.events[0].type == "placed");
  BOOST_TEST(page.events[0].stream == "a-1");
}

BOOST_FIXTURE_TEST_CASE(an_exception_out_of_the_clock_becomes_a_failure, on_file) {
  bool broken = false;
  sqlite::sqlite_settings settings;
  settings.clock = [&]() -> timestamp {
    return broken ? throw std::runtime_error{"the clock is broken"} : timestamp{};
  };
  const auto store = must(sqlite::open(file(), settings));
  broken = true;
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  must_fail(*store, set, errc::store_unavailable, "the clock is broken");
  must_fail(store->acquire_lease("mail", std::chrono::seconds{1}), errc::store_unavailable,
            "the clock is broken");
  broken = false;
  must_commit(*store, set);
}

// -- reopening ----------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(checkpoints_snapshots_and_leases_survive_a_close, on_file) {
  const auto set = write_of(ids, {stream_of("a-1").event("e")});
  const snapshot state{.stream = stream_id::trusted("a-1"),
                       .view = "a",
                       .fold = "1",
                       .head = head_after(set, "a-1"),
                       .payload = std::string{"\0{}", 3}};
  lease_token token;
  {
    const auto store = open();
    must_commit(*store, set);
    must(store->save_checkpoint("mail", {{1}, set.commit}));
    BOOST_TEST(must(store->save_snapshot(state)));
    token = must(store->acquire_lease("mail", std::chrono::hours{1})).value();
  }
  const auto store = open();
  BOOST_CHECK((must(store->load_checkpoint("mail")) == checkpoint{{1}, set.commit}));
  BOOST_CHECK(must(store->load_snapshot(state.stream, "a")) == state);
  BOOST_CHECK(!must(store->acquire_lease("mail", std::chrono::hours{1})));
  must(store->renew_lease("mail", token, std::chrono::hours{1}));
  must(store->release_lease("mail", token));
  const auto next = must(store->acquire_lease("mail", std::chrono::hours{1})).value();
  BOOST_TEST(next.epoch == token.epoch + 1);
}

BOOST_FIXTURE_TEST_CASE(a_replaced_log_is_noticed_by_checkpoints_and_snapshots, on_file) {
  const auto set = write_of(ids, {stream_of("a-1").event("e").event("f")});
  const snapshot state{.stream = stream_id::trusted("a-1"),
                       .view = "a",
                       .fold = "1",
                       .head = head_after(set, "a-1"),
                       .payload = "{}"};
  const auto store = open();
  must_commit(*store, set);
  must(store->save_checkpoint("mail", {{2}, set.commit}));
  must(store->save_snapshot(state));
  run("DROP TRIGGER events_are_not_updated; UPDATE events SET commit_id = randomblob(16) WHERE "
      "position = 2");
  must_fail(store->load_checkpoint("mail"), errc::log_rewound, "'mail' stands at position 2");
  BOOST_CHECK(!must(store->load_snapshot(state.stream, "a")));
}
