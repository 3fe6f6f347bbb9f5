#include "stores/postgres_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

namespace {

/// A store of the first schema, with an event and a checkpoint.
struct first_schema : postgres_backend {
  first_schema() {
    const auto store = must(open({}));
    const auto set = write_of(ids, {stream_of("a-1").event("e")});
    must_commit(*store, set);
    must(store->save_checkpoint("mail", {{1}, set.commit}));
    take_back();
  }

  /// Undoes what later steps did.
  void take_back() const {
    run("DROP TABLE dead_letters, read_models, sql_read_models; "
        "DELETE FROM migrations WHERE number > 1");
  }

  sequential_ids ids;
};

void check_whole(event_store& store) {
  BOOST_TEST(types_in(read_all(store, "a-1").events) == "e");
  BOOST_TEST(must(store.load_checkpoint("mail")).has_value());
  must(store.park(
    {.projection = "mail", .event = {.position = {1}}, .why = {errc::codec_failed, "x"}}));
  BOOST_TEST(must(store.list_dead_letters({})).size() == 1U);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrations, first_schema)

BOOST_AUTO_TEST_CASE(a_store_of_the_first_schema_is_brought_up_to_date_with_all_that_is_in_it) {
  must_fail(open({.read_only = true}), errc::schema_mismatch, "has version 1");
  check_whole(*must(open({})));
  BOOST_TEST(ask("SELECT string_agg(number || ' ' || name, ', ' ORDER BY number) FROM migrations")
             == "1 events, streams and what readers keep, 2 dead letters and read models");
  check_healthy(*must(open({.read_only = true})));
}

BOOST_AUTO_TEST_CASE(of_programs_that_bring_a_store_up_to_date_at_once_all_succeed) {
  constexpr std::size_t programs = 4;
  for (int round = 0; round < 3; ++round) {
    std::vector<result<std::shared_ptr<event_store>>> opened(
      programs, fail(errc::not_found, "not yet opened"));
    {
      std::barrier together{static_cast<std::ptrdiff_t>(programs)};
      std::vector<std::jthread> threads;
      for (auto& each : opened)
        threads.emplace_back([&] {
          together.arrive_and_wait();
          each = open({});
        });
    }
    for (auto& each : opened)
      check_whole(*must(each));
    BOOST_TEST(ask("SELECT count(*) FROM migrations") == "2");
    opened.clear();
    take_back();
  }
}

// An older program whose user may not make tables.
BOOST_AUTO_TEST_CASE(a_role_that_may_not_bring_the_store_up_to_date_is_told_so) {
  const auto role = schema + "_clerk";
  run("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role
      + "; GRANT ALL ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
  must_fail(open_at(url_of(role)), errc::read_only, "'" + role + "'");
  BOOST_TEST(ask("SELECT count(*) FROM migrations") == "1");
  run("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

BOOST_AUTO_TEST_SUITE_END()
