#include "connection.hpp"
#include "log_query.hpp"
#include "query.hpp"
#include "schema.hpp"
#include "stream_lists.hpp"

#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;

// The log is read in the order of its positions, from where the reader stands: no sort, no scan of
// what lies before, whatever the filter. The filter is in the SQL, before the limit.

namespace {

auto plan_of(const std::string& sql) -> std::string {
  const auto directory =
    std::filesystem::temp_directory_path() / ("eventcore-plan-" + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  std::string plan;
  {
    sqlite::connection on{{.file = directory / "store.db", .access = sqlite::access::create}};
    sqlite::migrate(on, directory / "store.db", sqlite::migrations(), {});
    sqlite::query explained{on, "EXPLAIN QUERY PLAN " + sql};
    auto rows = explained.run();
    while (rows.next())
      plan += std::string{rows.text(3)} + "\n";
  }
  std::filesystem::remove_all(directory);
  return plan;
}

const std::vector<event_filter> filters{
  {},
  {.kinds = {"account", "order"}},
  {.prefix = "account-home"},
  {.glob = "account-*-1[0-9]"},
  {.types = {"account.opened", "order.placed"}},
  {.kinds = {"account"}, .prefix = "account-", .glob = "*-7", .types = {"account.opened"}},
};

} // namespace

BOOST_AUTO_TEST_CASE(every_filter_reads_by_position_without_a_sort) {
  for (const auto& filter : filters)
    for (const auto way : {direction::forwards, direction::backwards}) {
      const auto plan = plan_of(sqlite::log_query(filter, way).text);
      BOOST_TEST_CONTEXT(sqlite::log_query(filter, way).text << "\n" << plan) {
        BOOST_TEST(plan.starts_with("SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"));
        BOOST_TEST(plan.contains("SEARCH s USING INTEGER PRIMARY KEY (rowid=?)"));
        BOOST_TEST(!plan.contains("TEMP B-TREE"));
        BOOST_TEST(!plan.contains("SCAN"));
      }
    }
}

BOOST_AUTO_TEST_CASE(the_filter_stands_before_the_limit) {
  for (const auto& filter : filters) {
    const auto sql = sqlite::log_query(filter, direction::forwards).text;
    BOOST_TEST(sql.ends_with("ORDER BY e.position LIMIT ?3"));
    BOOST_TEST(sql.contains("eventcore_glob(") == !filter.glob.empty());
    BOOST_TEST(sql.contains("s.kind IN (") == !filter.kinds.empty());
    BOOST_TEST(sql.contains("e.type IN (") == !filter.types.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_prefix_is_a_range_of_bytes) {
  const auto sql = sqlite::log_query({.prefix = "a_%é"}, direction::forwards);
  BOOST_TEST(sql.text.contains("s.id >= ?4 AND s.id < ?5"));
  BOOST_TEST(sql.texts[0] == "a_%é");
  BOOST_TEST(sql.texts[1] == "a_%\xC3\xAA");
}

BOOST_AUTO_TEST_CASE(a_type_is_parted_at_its_first_dot) {
  const auto sql = sqlite::log_query({.types = {"order.v2.placed", ".loose"}}, direction::forwards);
  BOOST_TEST(sql.texts == (std::vector<std::string>{"order", "v2.placed", "", "loose"}),
             boost::test_tools::per_element());
}

// -- lists of streams ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(streams_are_listed_through_the_index_of_their_ids_and_no_event_is_scanned) {
  for (const auto& wanted : {
         stream_query{},
         stream_query{.after = "account-7"},
         stream_query{.kinds = {"account", "order"}},
         stream_query{.prefix = "account-home", .glob = "*-7", .after = "account-home-1"},
       }) {
    const auto plan = plan_of(sqlite::stream_list_sql(wanted));
    const auto bounded = wanted.prefix + wanted.after != "" || !wanted.kinds.empty();
    BOOST_TEST_CONTEXT(sqlite::stream_list_sql(wanted) << "\n" << plan) {
      BOOST_TEST(plan.starts_with(bounded ? "SEARCH s USING INDEX sqlite_autoindex_streams_1 (id>?"
                                          : "SCAN s USING INDEX sqlite_autoindex_streams_1"));
      BOOST_TEST(
        plan.contains("SEARCH e USING INDEX sqlite_autoindex_events_1 (stream=? AND version=?)"));
      BOOST_TEST(
        plan.contains("SEARCH f USING INDEX sqlite_autoindex_events_1 (stream=? AND version=?)"));
      BOOST_TEST(!plan.contains("TEMP B-TREE"));
      BOOST_TEST(!plan.contains("SCAN e"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_selection_of_streams_is_one_range_of_ids) {
  const auto holds = [](const stream_query& wanted, std::string_view part) {
    const auto sql = sqlite::stream_list_sql(wanted);
    BOOST_TEST(sql.contains(part), sql);
  };
  holds({.after = "b"}, "WHERE s.id > ?2 ORDER BY");
  holds({.prefix = "b"}, "WHERE s.id >= ?2 AND s.id < ?3 ORDER BY");
  holds({.prefix = "b", .after = "b"}, "WHERE s.id > ?2 AND s.id < ?3 ORDER BY");
  holds({.kinds = {"b"}}, "WHERE s.id >= ?2 AND s.id < ?3 AND s.kind IN (?4) ORDER BY");
}
