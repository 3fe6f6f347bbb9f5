#include "program.hpp"
#include "support/orders.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using program::run;

namespace {

/// A file of settings, one of orders, and what the bank says with them.
struct office {
  program::scratch scratch{};
  std::string settings = scratch.path("settings.conf").string();
  std::string orders = scratch.path("orders.tsv").string();

  explicit office(const std::vector<std::string>& lines) {
    support::write_lines(settings, lines);
    support::write_lines(orders, {"1\t7\tAB\t9\t1.00\tHH", "2\t8\tAB\t9\t2.00\tHH"});
  }

  auto import(const std::vector<std::string>& options) const -> program::finished {
    std::vector<std::string> arguments{"import", orders, "--config-file=" + settings};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }
};

auto in_file(const program::scratch& scratch) -> std::string {
  return "store = \"" + scratch.store() + "\"";
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(the_store_comes_from_the_configuration) {
  const program::scratch elsewhere;
  const office here{{"[eventcore]", in_file(elsewhere)}};
  const auto imported = here.import({});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(run({"balance", "AB-9", "--store", elsewhere.store()}).out == "3.00\n");
  BOOST_TEST(run({"balance", "AB-9", "--config-file=" + here.settings}).out == "3.00\n");
}

BOOST_AUTO_TEST_CASE(the_store_of_the_command_line_goes_before) {
  const program::scratch elsewhere;
  const office here{{"[eventcore]", in_file(elsewhere)}};
  BOOST_TEST(here.import({"--store", here.scratch.store()}).code == 0);
  BOOST_TEST(run({"balance", "AB-9", "--store", here.scratch.store()}).out == "3.00\n");
  BOOST_TEST(run({"balance", "AB-9", "--config-file=" + here.settings}).code == 2);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_told_and_make_no_store) {
  const office here{{"[eventcore.streams]", "max-active = 0"}};
  const auto imported = here.import({"--store", here.scratch.store()});
  BOOST_TEST(imported.code == 2);
  BOOST_TEST(imported.err
             == "bank: " + here.settings
                  + ":2: eventcore.streams.max-active is 0; it must be at least 1\n");
  const auto unknown = here.import({"--eventcore.streams.max-activ=5"});
  BOOST_TEST(unknown.code == 2);
  BOOST_TEST(unknown.err.contains("max-activ"), unknown.err);
  BOOST_TEST(!std::filesystem::exists(here.scratch.path("bank.db")));
}

BOOST_AUTO_TEST_CASE(no_more_is_in_flight_than_the_settings_allow) {
  const office here{{"[eventcore.commands]", "max-in-flight = 1"}};
  const auto imported = here.import({"--store", here.scratch.store()});
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(imported.out.contains("\n  executed      2\n"), imported.out);
}

BOOST_AUTO_TEST_CASE(what_the_runtime_does_is_told_on_request) {
  const office here{{}};
  const auto imported = here.import({"--store", "memory:", "--eventcore.log.level=info"});
  BOOST_TEST(imported.code == 0);
  BOOST_TEST(imported.err.contains("shutdown ended abandoned=0"), imported.err);
}

BOOST_AUTO_TEST_SUITE_END()
