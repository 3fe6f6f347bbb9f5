#include "tool/support.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/test/unit_test.hpp>

// Which store the program is about, and what it says when there is none.

using tool_test::bank;
using tool_test::run_sql;

namespace {

namespace fs = std::filesystem;

/// The working directory and the environment, as they were before.
struct surroundings {
  surroundings() { ::unsetenv("EVENTCORE_STORE"); }
  ~surroundings() {
    fs::current_path(before);
    ::unsetenv("EVENTCORE_STORE");
  }

  void configure(const std::string& text) const {
    fs::current_path(scratch.path(""));
    std::ofstream{scratch.path("caf-application.conf")} << text;
  }

  fs::path before = fs::current_path();
  program::scratch scratch{};
};

/// One line for people, and nothing for programs.
void check_refused(const program::finished& ended, int code, const std::string& words) {
  BOOST_TEST(ended.code == code, ended.err);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err.starts_with("eventcore: "), ended.err);
  BOOST_TEST(std::ranges::count(ended.err, '\n') == 1, ended.err);
  BOOST_TEST(ended.err.contains(words), ended.err);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(location, surroundings)

BOOST_AUTO_TEST_CASE(no_store_is_a_mistake_of_the_caller) {
  fs::current_path(scratch.path(""));
  check_refused(program::run({"stats"}), 2, "--store URL");
}

BOOST_AUTO_TEST_CASE(the_password_of_a_store_that_is_named_in_the_wrong_place_is_not_shown) {
  const auto* const url = "postgresql://app:Sesam@db.example/bank";
  const auto said = program::run({"stats", url});
  check_refused(said, 2, "postgresql://app:***@db.example/bank");
  BOOST_TEST(!program::run({"stats", "--stor", url}).err.contains("Sesam"));
}

BOOST_AUTO_TEST_CASE(the_environment_names_the_store) {
  const bank here;
  ::setenv("EVENTCORE_STORE", here.url.c_str(), 1);
  BOOST_TEST(program::run({"stats"}).out.starts_with("events         9\n"));
}

BOOST_AUTO_TEST_CASE(the_configuration_file_names_the_store) {
  const bank here;
  configure("[eventcore]\nstore = \"" + here.url + "\"\n[bank]\nname = \"home\"\n");
  BOOST_TEST(program::run({"stats"}).out.starts_with("events         9\n"));
}

BOOST_AUTO_TEST_CASE(the_command_line_comes_before_the_environment_and_that_before_the_file) {
  const bank here;
  configure("[eventcore]\nstore = \"sqlite:of-the-file.db\"\n");
  check_refused(program::run({"stats"}), 1, "of-the-file.db");
  ::setenv("EVENTCORE_STORE", "sqlite:of-the-environment.db", 1);
  check_refused(program::run({"stats"}), 1, "of-the-environment.db");
  BOOST_TEST(here.ask({"stats"}).code == 0);
  BOOST_TEST(program::run({"--store", here.url, "stats"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_configuration_file_with_a_mistake_is_told_with_its_line) {
  configure("[eventcore]\nstore = 5\n");
  check_refused(program::run({"stats"}), 2, "caf-application.conf:2");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_not_made) {
  const auto url = scratch.store("none.db");
  for (const auto* command : {"streams", "stats", "verify", "projections", "migrate"})
    BOOST_TEST_CONTEXT(command) {
      check_refused(program::run({command, "--store", url}), 1, "none.db");
      BOOST_TEST(!fs::exists(scratch.path("none.db")));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_store_is_told) {
  check_refused(program::run({"stats", "--store", "memory:"}), 2, "in memory");
  check_refused(program::run({"stats", "--store", "oracle:x"}), 2, "postgresql");
  std::ofstream{scratch.path("text.db")} << std::string(5'000, 'x');
  check_refused(program::run({"stats", "--store", scratch.store("text.db")}), 3, "text.db");
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_told_in_one_line) {
  check_refused(program::run({}), 2, "no command is given");
  check_refused(program::run({"strems"}), 2, "strems");
  check_refused(program::run({"log", "--limit", "-1"}), 2, "'-1'");
  check_refused(program::run({"log", "--from", "0"}), 2, "'0'");
  check_refused(program::run({"log", "--from", "1e3"}), 2, "'1e3'");
  check_refused(program::run({"requests", "forget", "--older-than", "3 weeks"}), 2, "30d");
}

// A script whose variable is not set means no other store, and not all streams.
BOOST_AUTO_TEST_CASE(empty_texts_are_refused) {
  const bank here;
  ::setenv("EVENTCORE_STORE", here.url.c_str(), 1);
  for (const auto* option : {"--store", "--schema", "--prefix", "--glob"})
    check_refused(program::run({"snapshots", "drop", option, ""}), 2,
                  std::string{option} + ": it is empty");
  check_refused(program::run({"export", ""}), 2, "FILE: it is empty");
  check_refused(program::run({"projections", "drop", "", "--all", "--yes"}), 2,
                "NAME: it is empty");
  BOOST_TEST(here.ask({"stats", "--json"}).out.contains("\"snapshots\":2,"));
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused) {
  bank here;
  here.store.reset();
  run_sql(here.file(), "INSERT INTO migrations SELECT 99, 'later', 0");
  for (const auto* command : {"streams", "verify", "migrate"})
    check_refused(here.ask({command}), 1, "newer");
}

BOOST_AUTO_TEST_SUITE_END()
