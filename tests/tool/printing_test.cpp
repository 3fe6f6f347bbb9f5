#include "tool/support.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

// Where the output goes: terminals, pipes that are closed, disks that are full; and the texts about the
// program itself.

using tool_test::bank;
using tool_test::shell;

namespace {

/// The command with the output of its programs on a terminal.
auto on_terminal(const bank& here, const std::string& command, const std::string& variables = "")
  -> std::string {
  return shell(variables + " TERM=xterm EVENTCORE_STORE=" + here.url + " script -qec '" + command
               + "' /dev/null")
    .out;
}

/// How the command ends whose reader goes away after the first line, and what it complains of.
auto until_the_first_line(const bank& here, const std::string& command) -> std::string {
  return shell(
           "cd " + here.scratch.path("").string() + " && timeout 60 $EVENTCORE " + command
           + " --store " + here.url
           + " 2>complaints | head -n 1 >line; echo ended with ${PIPESTATUS[0]}; cat complaints; "
             "test -s line || echo nothing was printed")
    .out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(printing)

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_ends_it_quietly) {
  const bank here;
  bank_log::add_deposits(*here.store, 9'000);
  BOOST_TEST(until_the_first_line(here, "log --json") == "ended with 4\n");
}

BOOST_AUTO_TEST_CASE(an_export_whose_reader_goes_away_ends_quietly) {
  const bank here;
  bank_log::add_deposits(*here.store, 9'000); // more than a pipe holds
  BOOST_TEST(until_the_first_line(here, "export -") == "ended with 4\n");
}

BOOST_AUTO_TEST_CASE(following_ends_when_its_reader_goes_away) {
  const bank here;
  BOOST_TEST(until_the_first_line(here, "log --follow --json --from 9") == "ended with 4\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told_changes_no_exit_code) {
  const bank here;
  for (const auto* nowhere : {"2>&-", "2>/dev/full"})
    BOOST_TEST(shell("$EVENTCORE read account-zoe --store " + here.url + " " + nowhere).code == 1,
               nowhere);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told) {
  const bank here;
  for (const auto* command : {"streams", "stats --json", "verify", "man", "streams --help"})
    BOOST_TEST_CONTEXT(command) {
      const auto full =
        shell("$EVENTCORE " + std::string{command} + " --store " + here.url + " 2>&1 >/dev/full");
      BOOST_TEST(full.code == 1);
      BOOST_TEST(full.out == "eventcore: the standard output: No space left on device\n");
    }
}

BOOST_AUTO_TEST_CASE(headings_are_bold_on_a_terminal_only) {
  const bank here;
  BOOST_TEST(on_terminal(here, "$EVENTCORE streams").starts_with("\x1b[1mSTREAM "));
  BOOST_TEST(on_terminal(here, "$EVENTCORE streams", "NO_COLOR=1").starts_with("STREAM "));
  BOOST_TEST(!here.ask({"streams"}).out.contains('\x1b'));
}

BOOST_AUTO_TEST_CASE(a_row_is_cut_at_the_end_of_a_terminals_line) {
  const bank here;
  const auto shown = on_terminal(here, "stty cols 64; $EVENTCORE read account-alice", "NO_COLOR=1");
  BOOST_TEST(shown.contains("  opened     {\"ow…\r\n"), shown);
}

BOOST_AUTO_TEST_CASE(everything_has_a_help) {
  const auto help = shell("$EVENTCORE --help");
  BOOST_TEST(help.code == 0);
  for (const auto* words :
       {"streams", "verify", "--store", "EVENTCORE_STORE", "Exit codes:", "3  damage was found"})
    BOOST_TEST(help.out.contains(words), words);
  for (const auto* command : {"streams",
                              "read",
                              "log",
                              "stats",
                              "verify",
                              "projections",
                              "projections dead-letters",
                              "projections retry",
                              "projections drop",
                              "projections reset",
                              "snapshots",
                              "snapshots drop",
                              "requests",
                              "requests forget",
                              "backup",
                              "migrate",
                              "export",
                              "import",
                              "archive",
                              "archives",
                              "restore",
                              "man",
                              "completion"})
    BOOST_TEST_CONTEXT(command) {
      const auto asked = shell("$EVENTCORE " + std::string{command} + " --help");
      BOOST_TEST(asked.code == 0);
      BOOST_TEST(asked.out.contains("Usage: eventcore"), asked.out);
    }
  BOOST_TEST(shell("$EVENTCORE projections --help").out.contains("LAG is"));
  BOOST_TEST(!shell("$EVENTCORE projections dead-letters --help").out.contains("LAG is"));
  BOOST_TEST(shell("$EVENTCORE --version").out.starts_with("eventcore "));
}

BOOST_AUTO_TEST_CASE(the_manual_page_is_well_formed_and_complete) {
  const auto problems = shell("set -o pipefail; $EVENTCORE man | groff -man -ww -Tutf8 -z 2>&1");
  BOOST_TEST(problems.code == 0, problems.out);
  BOOST_TEST(problems.out == "");
  const auto page = shell("$EVENTCORE man | groff -man -Tascii -P-cbou");
  for (const auto* words :
       {"SYNOPSIS", "eventcore projections reset [OPTIONS] NAME", "--older-than DURATION",
        "eventcore read [OPTIONS] STREAM", "EXIT STATUS", "refused without --yes"})
    BOOST_TEST(page.out.contains(words), words << " is not in " << page.out);
}

BOOST_AUTO_TEST_CASE(the_completion_knows_commands_options_and_files) {
  const auto complete = [](const std::string& line) {
    return shell(R"(source <($EVENTCORE completion bash) && set -u && cd /usr && COMP_WORDS=()"
                 + line + R"() COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { :; }; _eventcore;
                   echo "${COMPREPLY[*]}")")
      .out;
  };
  BOOST_TEST(complete("eventcore str") == "streams\n");
  BOOST_TEST(complete("eventcore --store sqlite.db projections re") == "retry reset\n");
  BOOST_TEST(complete("eventcore projections reset --t") == "--to\n");
  BOOST_TEST(complete("eventcore log --ki") == "--kind\n");
  BOOST_TEST(complete("eventcore log --js") == "--json\n");
  BOOST_TEST(complete("eventcore log --follow str") == "\n");
  BOOST_TEST(complete("eventcore backup li").starts_with("lib"));
  BOOST_TEST(complete("eventcore --store sqlite : li").starts_with("lib"));
  BOOST_TEST(complete("eventcore --store = sqlite :").contains("lib"));
  BOOST_TEST(complete("eventcore --store sqlite : streams pro") == "projections\n");
  BOOST_TEST(shell("$EVENTCORE completion bash | bash -n 2>&1").out == "");
  BOOST_TEST(shell("$EVENTCORE completion fish 2>&1").code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
