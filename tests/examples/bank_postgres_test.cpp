#include "program.hpp"
#include "support/orders.hpp"

#include <eventcore/testing/postgres_server.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace ec = eventcore;
using program::run;

// The bank on a PostgreSQL server: the URL is all that differs.

namespace {

const std::string sample = BANK_SOURCES "/orders.tsv";

/// One server for all tests here.
auto server() -> ec::testing::postgres_server& {
  static const auto started =
    ec::unwrap(ec::testing::postgres_server::start({.password = "Sesam"}));
  return *started;
}

/// A database of a test's own.
struct database {
  database() {
    static int count = 0;
    name = fmt::format("bank_{}", ++count);
    server().create_database(name);
    store = server().url(name);
  }

  std::string name{};
  std::string store{};
};

/// Exactly one line, which says nothing of the password.
void check_line(const program::finished& ended) {
  BOOST_TEST(ended.out == "");
  BOOST_TEST(std::ranges::count(ended.err, '\n') == 1, ended.err);
  BOOST_TEST(ended.err.starts_with("bank: "), ended.err);
  BOOST_TEST(!ended.err.contains("Sesam"), ended.err);
}

void check_books(const std::string& store) {
  const auto checked = run({"verify", "--store", store});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
}

/// The same URL with one part of it replaced.
auto with(std::string url, const std::string& part, const std::string& other) -> std::string {
  const auto at = url.find(part);
  BOOST_REQUIRE(at != std::string::npos);
  return url.replace(at, part.size(), other);
}

/// An order file of a test's own.
struct order_file {
  order_file(std::size_t orders, std::uint64_t seed) {
    support::write_lines(path, support::make_orders(orders, seed));
  }

  program::scratch scratch{};
  std::string path = scratch.path("orders.tsv").string();
};

} // namespace

BOOST_AUTO_TEST_SUITE(on_postgresql)

BOOST_AUTO_TEST_CASE(every_order_of_the_sample_is_executed_or_rejected) {
  const database here;
  const auto imported = run({"import", sample, "--store", here.store});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(imported.err == "");
  BOOST_TEST(imported.out.contains("\n  executed      168\n"
                                   "  rejected      32 (insufficient funds 32)\n"
                                   "  already done  0\n"
                                   "  bad lines     0\n"
                                   "  new accounts  294\n"
                                   "  retries       0\n"),
             imported.out);
  check_books(here.store);

  const auto again = run({"import", sample, "--store", here.store});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(again.out.contains("\n  already done  200\n"), again.out);
  check_books(here.store);
}

BOOST_AUTO_TEST_CASE(the_books_are_those_of_a_file) {
  const database here;
  const program::scratch scratch;
  for (const auto& store : {here.store, scratch.store()})
    BOOST_REQUIRE(run({"import", sample, "--store", store, "--in-flight", "1"}).code == 0);
  for (const auto& question : {std::vector<std::string>{"top", "500"}, {"verify"}}) {
    const auto ask = [&](const std::string& store) {
      auto arguments = question;
      arguments.insert(arguments.end(), {"--store", store});
      return run(arguments).out;
    };
    BOOST_TEST(ask(here.store) == ask(scratch.store()));
  }
}

BOOST_AUTO_TEST_CASE(the_schema_comes_from_the_configuration) {
  const database here;
  const program::scratch scratch;
  const auto settings = scratch.path("settings.conf").string();
  support::write_lines(settings,
                       {"[eventcore]", fmt::format("store = \"{}\"", here.store),
                        "[eventcore.postgres]", "schema = \"my bank\"", "connections = 4"});
  const auto imported = run({"import", sample, "--config-file=" + settings});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(run({"verify", "--config-file=" + settings}).code == 0);
  BOOST_TEST(run({"verify", "--store", here.store}).code == 2); // nothing is in the default schema
  BOOST_TEST(server().ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'my bank'", here.name)
             == "1");
}

BOOST_AUTO_TEST_CASE(too_few_connections_are_told) {
  const database here;
  const auto refused = run({"import", sample, "--store", here.store, "--eventcore.readers=4"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(refused.err
             == "bank: eventcore.postgres.connections is 5; it must be at least 6: 4 for "
                "eventcore.readers, one that writes and one that listens\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_is_told_in_one_line_without_the_password) {
  const database here;
  for (const auto& store :
       {with(here.store, ":Sesam@", ":Sesam2@"), with(here.store, here.name, "nowhere"),
        with(here.store, std::to_string(server().port()), "1"),
        with(here.store, "127.0.0.1", "host.invalid"),
        with(here.store, std::to_string(server().port()), "port"), here.store + "?sslmode=require",
        here.store + "?no_such_word=1",
        std::string{"postgresql:user=eventcore password=Sesam' host=127.0.0.1"},
        std::string{"postgresql:"}}) {
    const auto refused = run({"import", sample, "--store", store});
    BOOST_TEST_CONTEXT(store) {
      BOOST_TEST((refused.code == 2 || refused.code == 3));
      check_line(refused);
    }
  }
}

BOOST_AUTO_TEST_CASE(questions_make_no_store) {
  const database here;
  for (const auto& question : {std::vector<std::string>{"verify"}, {"balance", "home-1"}}) {
    auto arguments = question;
    arguments.insert(arguments.end(), {"--store", here.store});
    const auto asked = run(arguments);
    BOOST_TEST(asked.code == 2);
    check_line(asked);
  }
  BOOST_TEST(
    server().ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'eventcore'", here.name)
    == "0");
}

BOOST_AUTO_TEST_CASE(two_imports_of_one_file_do_each_order_once) {
  const database here;
  const order_file file{400, 11};
  program::running one{{"import", file.path, "--store", here.store, "--print-done"}};
  program::running other{{"import", file.path, "--store", here.store, "--print-done"}};
  const auto one_ended = one.wait();
  const auto other_ended = other.wait();
  BOOST_TEST(one_ended.code == 0, one_ended.err);
  BOOST_TEST(other_ended.code == 0, other_ended.err);
  check_books(here.store);
  BOOST_TEST(run({"import", file.path, "--store", here.store}).out.contains("already done  400\n"));
}

BOOST_AUTO_TEST_CASE(an_import_that_is_killed_loses_and_doubles_no_order) {
  const database here;
  const order_file file{600, 12};
  std::set<std::string> acknowledged;
  for (const std::size_t more : {20U, 40U, 60U}) {
    program::running import{{"import", file.path, "--store", here.store, "--print-done"}};
    for (std::size_t i = 0; i < acknowledged.size() + more; ++i)
      if (const auto order = import.read_line())
        acknowledged.insert(*order);
    import.kill();
    import.wait();
    check_books(here.store);
  }
  BOOST_TEST(run({"import", file.path, "--store", here.store}).code == 0);
  const auto again = run({"import", file.path, "--store", here.store});
  BOOST_TEST(again.out.contains("\n  already done  600\n"), again.out);
  check_books(here.store);
}

// An order that was in flight may end the import; then the same import once more does the rest.
BOOST_AUTO_TEST_CASE(an_import_outlives_a_crash_of_the_server) {
  const database here;
  const order_file file{3'000, 13};
  constexpr int most_imports = 5;
  int code = -1;
  for (int i = 0; i < most_imports && code != 0; ++i) {
    program::running import{{"import", file.path, "--store", here.store, "--print-done"}};
    if (i == 0) {
      for (int line = 0; line < 100; ++line)
        BOOST_REQUIRE(import.read_line());
      server().restart(ec::testing::postgres_server::shutdown::immediate);
    }
    code = import.wait().code;
  }
  BOOST_TEST(code == 0);
  check_books(here.store);
  const auto again = run({"import", file.path, "--store", here.store});
  BOOST_TEST(again.out.contains("\n  already done  3000\n"), again.out);
}

BOOST_AUTO_TEST_SUITE_END()
