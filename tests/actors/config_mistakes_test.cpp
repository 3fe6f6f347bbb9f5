#include "config_support.hpp"

namespace ec = eventcore;

// What is said about a file or a command line that is wrong.
BOOST_AUTO_TEST_SUITE(mistakes_in_configs)

BOOST_AUTO_TEST_CASE(values_of_a_wrong_type_are_named_with_their_line) {
  BOOST_TEST(outcome("[eventcore]\n\nreaders = \"5\"\n")
             == "caf-application.conf:3: eventcore.readers is \"5\"; it must be a whole number, 0 "
                "or more");
  BOOST_TEST(outcome("eventcore {\n  readers = -5\n}\n")
             == "caf-application.conf:2: eventcore.readers is -5; it must be a whole number, 0 or "
                "more");
  BOOST_TEST(outcome("[eventcore]\nstore = 'memory'\n")
             == "caf-application.conf:2: eventcore.store is 'memory'; it must be text in double "
                "quotes");
  BOOST_TEST(outcome("[eventcore.retry]\njitter = 1s\n")
             == "caf-application.conf:2: eventcore.retry.jitter is 1s; it must be a number such as "
                "0.2");
  BOOST_TEST(outcome("[eventcore.metrics]\nenabled = 1\n")
             == "caf-application.conf:2: eventcore.metrics.enabled is 1; it must be true or false");
  BOOST_TEST(outcome("[eventcore.commands]\ndeadline = 30\n")
             == "caf-application.conf:2: eventcore.commands.deadline is 30; it must be a duration "
                "such as 30s (ms, s, min or h)");
  BOOST_TEST(outcome("[eventcore.log]\nlevel = [\"info\"]\n")
             == "caf-application.conf:2: eventcore.log.level is [\"info\"]; it must be text in "
                "double quotes");
  BOOST_TEST(outcome("eventcore { store { path = \"x\" } }\n")
             == "caf-application.conf:1: eventcore.store is {\"path\" = \"x\"}; it must be text in "
                "double quotes");
}

BOOST_AUTO_TEST_CASE(unknown_names_are_named_with_what_there_is) {
  BOOST_TEST(outcome("[eventcore.streams]\nmax-activ = 5\n")
             == "caf-application.conf:2: eventcore.streams.max-activ is not a setting; "
                "eventcore.streams has max-active, idle-after, max-waiters, reservation-deadline");
  const std::string top =
    "eventcore has store, coordinators, readers, shutdown-deadline, commands, "
    "retry, streams, log-writer, snapshots, requests, postgres, log, metrics";
  BOOST_TEST(outcome("eventcore { stream { max-active = 5 } }")
             == "caf-application.conf:1: eventcore.stream.max-active is not a setting; " + top);
  BOOST_TEST(outcome("[eventcore]\nstreams = 5\n")
             == "caf-application.conf:2: eventcore.streams is not a setting; " + top);
  BOOST_TEST(outcome("eventcore = 5\n")
             == "caf-application.conf:1: eventcore is not a setting; " + top);
  // A block that follows a section is part of it.
  BOOST_TEST(outcome("[eventcore.log]\nlevel = \"off\"\neventcore { readers = 5 }\n")
             == "caf-application.conf:3: eventcore.log.eventcore.readers is not a setting; "
                "eventcore.log has level, sink");
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_named_with_their_line) {
  BOOST_TEST(outcome("[eventcore]\nreaders = 3\n[eventcore.streams]\nmax-active = 0\n")
             == "caf-application.conf:4: eventcore.streams.max-active is 0; it must be at least 1");
  BOOST_TEST(outcome("[eventcore.commands]\ndeadline = -2h\n")
             == "caf-application.conf:2: eventcore.commands.deadline is -2h; it must be at least "
                "1ms");
  BOOST_TEST(outcome("[eventcore.log]\nlevel = \"loud\"\n")
             == "caf-application.conf:2: eventcore.log.level is \"loud\"; it must be one of trace, "
                "debug, info, warn, error, off");
}

BOOST_AUTO_TEST_CASE(sizes_of_other_units_are_refused) {
  const std::string expected = "; it must be a size such as \"8 MiB\" (bytes, KiB, MiB or GiB)";
  for (const std::string size : {"256 MB", "256 mib", "1.5 GiB", "-1", "", "MiB", " 5", "5  MiB",
                                 "1 TiB", "18446744073709551616", "17179869184 GiB"})
    BOOST_TEST(outcome("[eventcore.commands]\nmax-bytes = \"" + size + "\"\n")
               == "caf-application.conf:2: eventcore.commands.max-bytes is \"" + size + "\""
                    + expected);
}

BOOST_AUTO_TEST_CASE(durations_finer_than_a_setting_are_refused) {
  BOOST_TEST(outcome("[eventcore.commands]\ndeadline = 1500us\n")
             == "caf-application.conf:2: eventcore.commands.deadline is 1500us; it must be a "
                "duration such as 30s (ms, s, min or h)");
  BOOST_TEST(outcome("[eventcore.retry]\ncap = 1ns\n")
             == "caf-application.conf:2: eventcore.retry.cap is 1ns; it must be a duration such as "
                "10ms (us, ms, s, min or h)");
}

// CAF takes some of these: `30sec` at the end of a file as 30s, `1 b = 2` as two settings of which
// the second stands outside of the section.
BOOST_AUTO_TEST_CASE(lines_that_are_not_understood_are_shown) {
  const auto refused = [](const std::string& line) {
    return "caf-application.conf:2: '" + line
           + "' is not understood; a line holds one setting, `name = value`, comments begin with ; "
             "and text stands in double quotes";
  };
  for (const std::string line :
       {"idle-after = 30sec", "idle-after = 30 s", "idle-after = 1.5s", "idle-after = 30d",
        "idle-after = soon", "max-active = 1 max-waiters = 2", "max-active", "# why",
        "streams.max-active = 5", "max-active = 99999999999999999999", "max-active = \"5"}) {
    BOOST_TEST(outcome("[eventcore.streams]\n" + line) == refused(line));
    BOOST_TEST(outcome("[eventcore.streams]\n" + line + "\nmax-waiters = 5\n") == refused(line));
  }
}

BOOST_AUTO_TEST_CASE(what_stands_behind_a_nul_byte_is_not_lost) {
  const std::string file{"[eventcore]\nreaders = 3\n\0readers = 4\n", 37};
  BOOST_TEST(
    outcome(file).starts_with("caf-application.conf:3: '\\x00readers = 4' is not understood"));
}

BOOST_AUTO_TEST_CASE(no_message_shows_a_password) {
  const auto hides = [](const std::string& message) {
    BOOST_TEST(!message.contains("geheim"), message);
    BOOST_TEST(message.contains("***"), message);
  };
  hides(outcome("[eventcore]\nstore = postgresql://anna:geheim@db/bank\n"));
  hides(outcome("[eventcore]\nstore = postgresql://anna:ge/hei@m:geheim@db/bank\n"));
  hides(outcome("[eventcore]\nstore = postgresql://db/bank?user=anna&password=geheim&x=y\n"));
  hides(outcome("[eventcore]\nstore = postgresql:user=anna password='sehr geheim' dbname=bank\n"));
  hides(outcome("[eventcore]\nstore = \"user=anna password=geheim\"\n"));
  hides(outcome("", {"orders.tsv", "--eventcore.store=postgresql://anna:geheim@db/bank"}));
}

BOOST_AUTO_TEST_CASE(groups_that_do_not_end_are_named) {
  const std::string refused = "caf-application.conf ends inside of a group or a list; its bracket "
                              "is not closed";
  BOOST_TEST(outcome("eventcore {\n  readers = 3\n") == refused);
  BOOST_TEST(outcome("eventcore {\n  streams {\n  }\n") == refused);
}

BOOST_AUTO_TEST_CASE(settings_behind_other_arguments_are_not_lost) {
  BOOST_TEST(outcome("", {"orders.tsv", "--bank.name=a"}) == "ok");
  BOOST_TEST(outcome("", {"orders.tsv", "--eventcore.readers=3"})
             == "--eventcore.readers=3 stands behind orders.tsv and was not read; options come "
                "before other arguments");
}

BOOST_AUTO_TEST_CASE(mistakes_on_the_command_line_are_named) {
  BOOST_TEST(outcome("", {"--eventcore.streams.max-active=many"})
             == "eventcore.streams.max-active is \"many\"; it must be a whole number, 0 or more");
  BOOST_TEST(outcome("", {"--eventcore.streams.max-active=5x"})
             == "eventcore.streams.max-active is \"5x\"; it must be a whole number, 0 or more");
  BOOST_TEST(outcome("", {"--eventcore.streams.max-active=0"})
             == "eventcore.streams.max-active is 0; it must be at least 1");
  BOOST_TEST(outcome("", {"--eventcore.commands.deadline=30sec"})
             == "eventcore.commands.deadline is \"30sec\"; it must be a duration such as 30s (ms, "
                "s, min or h)");
  BOOST_TEST(outcome("", {"--eventcore.commands.max-bytes=1 GB"})
             == "eventcore.commands.max-bytes is \"1 GB\"; it must be a size such as \"8 MiB\" "
                "(bytes, KiB, MiB or GiB)");
  BOOST_TEST(outcome("", {"--eventcore.retry.jitter=nan"})
             == "eventcore.retry.jitter is \"nan\"; it must be a number such as 0.2");
  BOOST_TEST(
    outcome("", {"--eventcore.stream.max-active=5"}).starts_with("parser_error(not_an_option"));
}

// A program that only adds our options reads files by CAF's own means.
BOOST_AUTO_TEST_CASE(wrong_values_reach_the_check_of_a_foreign_config) {
  const auto refusal = [](const std::string& file, const arguments& given = {}) {
    const auto read = ec::read_settings(parsed<foreign_config>(file, given));
    return read ? "ok" : read.error().text();
  };
  BOOST_TEST(
    refusal("[eventcore]\nreaders = \"5\"\n")
    == "invalid_argument: eventcore.readers is \"5\"; it must be a whole number, 0 or more");
  BOOST_TEST(
    refusal("eventcore { readers = \"5\" }")
    == "invalid_argument: eventcore.readers is \"5\"; it must be a whole number, 0 or more");
  BOOST_TEST(refusal("[eventcore.log]\nlevels = \"off\"\n")
             == "invalid_argument: eventcore.log.levels is not a setting; eventcore.log has level, "
                "sink");
  BOOST_TEST(refusal("[eventcore.streams]\nmax-active = 0\n")
             == "invalid_argument: eventcore.streams.max-active is 0; it must be at least 1");
  BOOST_TEST(refusal("", {"--eventcore.commands.deadline=1d"})
             == "invalid_argument: eventcore.commands.deadline is \"1d\"; it must be a duration "
                "such as 30s (ms, s, min or h)");
  BOOST_TEST(refusal("eventcore = 5").starts_with("invalid_argument: eventcore is not a setting"));
}

BOOST_AUTO_TEST_CASE(the_text_is_for_people) {
  const auto text = [](const arguments& given) {
    ec::system_config config;
    std::istringstream file;
    return ec::text_of(config.parse(given, file));
  };
  BOOST_TEST(text({"--eventcore.log.level=loud"})
             == "eventcore.log.level is \"loud\"; it must be one of trace, debug, info, warn, "
                "error, off");
  BOOST_TEST(text({"--eventcore.log.levl=off"}).contains("not_an_option"));
}

BOOST_AUTO_TEST_SUITE_END()
