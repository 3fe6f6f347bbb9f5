#include "stores/postgres_backend.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;

// A log that comes from elsewhere, where PostgreSQL has its own say.

namespace {

struct restored : postgres_backend {
  restored() : store{must(open({}))} {
    for (int i = 1; i <= 3; ++i)
      add(fmt::format("a-{}", i), R"({"n": 1})");
  }

  void add(std::string stream, std::string payload) {
    kept.push_back(
      std::make_unique<std::pair<std::string, std::string>>(std::move(stream), std::move(payload)));
    events.push_back(recorded_event{.position = {events.size() + 1},
                                    .version = {1},
                                    .stream = kept.back()->first,
                                    .commit = ids.next_commit(),
                                    .id = ids.next_event({}),
                                    .type = "e",
                                    .type_version = 1,
                                    .encoding = encoding::json,
                                    .recorded_at = timestamp{std::chrono::hours{480'000}},
                                    .payload = kept.back()->second,
                                    .metadata_json = {}});
  }

  auto part(std::size_t first, std::size_t count, bool last = false) const -> restore_batch {
    return {.source = "bank.json",
            .archives = {},
            .events = std::span{events}.subspan(first, count),
            .requests = {},
            .last = last};
  }

  std::shared_ptr<event_store> store;
  sequential_ids ids;
  std::vector<std::unique_ptr<std::pair<std::string, std::string>>> kept;
  std::vector<recorded_event> events;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(restoring, restored)

// Fails when the flag is read before the lock is held.
BOOST_AUTO_TEST_CASE(other_programs_are_kept_out_once_the_first_part_is_there) {
  const auto there = must(open({}));
  must(store->maintenance().restore(part(0, 1)));
  const auto set = write_of(ids, {stream_of("b-1").event("e")});
  must_fail(*there, set, errc::read_only, "bank.json");
  BOOST_TEST(must(there->maintenance().restoring()) == "bank.json");
  must(there->maintenance().restore(part(1, 2, true)));
  BOOST_TEST(must_commit(*store, set).first.value == 4U);
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(each_part_is_told_to_those_who_wait) {
  const auto there = must(open({}));
  auto waiting = std::async(std::launch::async, [&] { return there->await({0}, 1min); });
  must(store->maintenance().restore(part(0, 3, true)));
  BOOST_TEST(must(waiting.get()).position.value == 3U);
}

BOOST_AUTO_TEST_CASE(a_payload_that_jsonb_cannot_hold_fails_its_part_and_leaves_nothing) {
  add("a-4", "1e400000");
  must_fail(store->maintenance().restore(part(0, 4, true)), errc::invalid_argument);
  BOOST_TEST(must(store->head()).position.value == 0U);
  BOOST_TEST(must(store->maintenance().restoring()).empty());
  must(store->maintenance().restore(part(0, 3, true)));
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_part_of_many_megabytes_is_one_transaction) {
  for (int i = 4; i <= 40; ++i)
    add(fmt::format("a-{}", i), '"' + std::string(1'000'000, 'x') + '"');
  must(store->maintenance().restore(part(0, 40, true)));
  BOOST_TEST(ask("SELECT count(DISTINCT xmin::text) FROM events") == "1");
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_connection_that_broke_is_replaced_and_the_restore_goes_on) {
  must(store->maintenance().restore(part(0, 1)));
  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
             "'eventcore%' AND pid <> pg_backend_pid()");
  support::wait_until("a connection",
                      [&] { return store->maintenance().restore(part(1, 2, true)).has_value(); });
  check_healthy(*store);
}

// R18: what was restored is what was told, as much as what was appended.
BOOST_AUTO_TEST_CASE(a_part_that_was_lost_is_noticed_by_a_new_connection) {
  must(store->maintenance().restore(part(0, 1)));
  run("CREATE TABLE kept AS SELECT * FROM log_head");
  must(store->maintenance().restore(part(1, 1)));
  run_untriggered(
    "DELETE FROM events WHERE position = 2; DELETE FROM streams WHERE id = 'a-2'; "
    "UPDATE log_head h SET position = k.position, commit_id = k.commit_id FROM kept k");
  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
             "'eventcore%' AND pid <> pg_backend_pid()");
  support::wait_until("the failure", [&] {
    const auto outcome = store->maintenance().restore(part(1, 1));
    BOOST_REQUIRE(!outcome);
    return outcome.error().code == errc::log_rewound;
  });
  BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
