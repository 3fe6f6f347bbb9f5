#include "support/orders.hpp"
#include "tool/support.hpp"

#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/postgres_server.hpp>
#include <eventcore/transfer/log_file.hpp>

#include <iostream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace ec = eventcore;
using ec::testing::must;

// The bank's orders move from SQLite to PostgreSQL: the two logs compare equal, byte for byte.

namespace {

/// Runs a command of bash and demands that it succeeds; what it printed.
auto do_it(const std::string& command) -> std::string {
  const auto done = tool_test::shell(command + " 2>&1");
  BOOST_REQUIRE_MESSAGE(done.code == 0, command << ": " << done.out);
  return done.out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_orders_are_the_same_in_both_databases) {
  const program::scratch here;
  const auto given = support::real_orders();
  auto orders = here.path("orders.tsv");
  if (given)
    orders = *given;
  else
    support::write_lines(orders, support::make_orders(6'000, 21));
  const auto server = must(ec::testing::postgres_server::start());
  const auto sqlite = here.store();
  const auto postgres = server->url();
  const auto in = [&](std::string_view name) { return here.path(name).string(); };

  do_it(fmt::format("{} import {} --store {}", BANK, orders.string(), sqlite));
  do_it(fmt::format("$EVENTCORE export {} --store {}", in("sqlite.jsonl.zst"), sqlite));
  do_it(fmt::format("$EVENTCORE import {} --store '{}'", in("sqlite.jsonl.zst"), postgres));
  for (const auto& store : {sqlite, postgres})
    do_it(fmt::format("$EVENTCORE verify --store '{}'", store));
  do_it(fmt::format("$EVENTCORE export {} --store '{}'", in("postgres.jsonl"), postgres));
  do_it(fmt::format("$EVENTCORE export {} --store {}", in("sqlite.jsonl"), sqlite));
  do_it(fmt::format("cmp {} {}", in("sqlite.jsonl"), in("postgres.jsonl")));

  const auto log = must(ec::verify_export(in("postgres.jsonl")));
  std::cout << log.events << " events and " << log.requests << " requests compared equal\n";
  BOOST_TEST(log.events > 6'000);
  // The requests moved, too: the orders are done.
  const auto again =
    do_it(fmt::format("{} import {} --store '{}'", BANK, orders.string(), postgres));
  BOOST_TEST(again.contains("\n  executed      0\n"), again);
}
