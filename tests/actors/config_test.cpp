#include "config_support.hpp"

namespace ec = eventcore;
using namespace std::chrono_literals;

// What stands in a file and on the command line, and what becomes of it.

namespace {

const ec::postgres_settings bank_on_postgres{.schema = "bank",
                                             .application_name = "teller",
                                             .connections = 10,
                                             .connect_timeout = 11s,
                                             .lock_timeout = 12s,
                                             .statement_timeout = 0s,
                                             .poll_interval = 13ms};

} // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(nothing_configured_gives_the_defaults) {
  BOOST_TEST(same(settings_of(""), {}));
  BOOST_TEST(same(settings_of<foreign_config>(""), {}));
  BOOST_TEST(same(ec::unwrap(ec::read_settings(caf::actor_system_config{})), {}));
}

BOOST_AUTO_TEST_CASE(every_setting_is_read_from_a_file) {
  const auto file = R"(
    [eventcore]
    store = "memory:"
    coordinators = 3
    readers = 4
    shutdown-deadline = 1min
    [eventcore.commands]
    max-in-flight = 5
    max-bytes = "1 GiB"
    deadline = 2h
    [eventcore.retry]
    retries = 0
    backoff = "linear"
    initial = 15us
    cap = 20ms
    jitter = 0.5
    [eventcore.streams]
    max-active = 6
    idle-after = 7s
    max-waiters = 8
    reservation-deadline = 1500ms
    [eventcore.log-writer]
    max-batch = 9
    max-batch-bytes = "64KiB"
    max-backoff = 10s
    [eventcore.snapshots]
    every = 70
    kinds = "account=200, order=0"
    [eventcore.requests]
    keep = 720h
    [eventcore.postgres]
    schema = "bank"
    application-name = "teller"
    connections = 10
    connect-timeout = 11s
    lock-timeout = 12s
    statement-timeout = 0s
    poll-interval = 13ms
    [eventcore.log]
    level = "trace"
    sink = "bank.log"
    [eventcore.metrics]
    enabled = true
    address = "localhost:80"
  )";
  ec::runtime_settings wanted;
  wanted.store = "memory:";
  wanted.coordinators = 3;
  wanted.readers = 4;
  wanted.shutdown_deadline = 1min;
  wanted.commands = {.max_in_flight = 5, .max_bytes = 1 << 30, .deadline = 2h};
  wanted.retry = {.retries = 0, .backoff = "linear", .initial = 15us, .cap = 20ms, .jitter = 0.5};
  wanted.streams = {
    .max_active = 6, .idle_after = 7s, .max_waiters = 8, .reservation_deadline = 1500ms};
  wanted.log_writer = {.max_batch = 9, .max_batch_bytes = 64 * 1024, .max_backoff = 10s};
  wanted.snapshots = {.every = 70, .kinds = "account=200, order=0"};
  wanted.requests = {.keep = 720h};
  wanted.postgres = bank_on_postgres;
  wanted.log = {.level = "trace", .sink = "bank.log"};
  wanted.metrics = {.enabled = true, .address = "localhost:80"};
  BOOST_TEST(same(settings_of(file), wanted));
  BOOST_TEST(same(settings_of<foreign_config>(file), wanted));
}

BOOST_AUTO_TEST_CASE(every_setting_is_read_from_the_command_line) {
  const arguments given{"--eventcore.store=memory:",
                        "--eventcore.coordinators=3",
                        "--eventcore.readers=4",
                        "--eventcore.shutdown-deadline=1min",
                        "--eventcore.commands.max-in-flight=5",
                        "--eventcore.commands.max-bytes=1 GiB",
                        "--eventcore.commands.deadline=2h",
                        "--eventcore.retry.retries=0",
                        "--eventcore.retry.backoff=linear",
                        "--eventcore.retry.initial=15us",
                        "--eventcore.retry.cap=20ms",
                        "--eventcore.retry.jitter=1",
                        "--eventcore.streams.max-active=6",
                        "--eventcore.streams.idle-after=7s",
                        "--eventcore.streams.max-waiters=8",
                        "--eventcore.streams.reservation-deadline=1500ms",
                        "--eventcore.log-writer.max-batch=9",
                        "--eventcore.log-writer.max-batch-bytes=64KiB",
                        "--eventcore.log-writer.max-backoff=10s",
                        "--eventcore.snapshots.every=70",
                        "--eventcore.snapshots.kinds=account=200, order=0",
                        "--eventcore.requests.keep=720h",
                        "--eventcore.postgres.schema=bank",
                        "--eventcore.postgres.application-name=teller",
                        "--eventcore.postgres.connections=10",
                        "--eventcore.postgres.connect-timeout=11s",
                        "--eventcore.postgres.lock-timeout=12s",
                        "--eventcore.postgres.statement-timeout=0s",
                        "--eventcore.postgres.poll-interval=13ms",
                        "--eventcore.log.level=trace",
                        "--eventcore.log.sink=bank.log",
                        "--eventcore.metrics.enabled=true",
                        "--eventcore.metrics.address=localhost:80"};
  ec::runtime_settings wanted;
  wanted.store = "memory:";
  wanted.coordinators = 3;
  wanted.readers = 4;
  wanted.shutdown_deadline = 1min;
  wanted.commands = {.max_in_flight = 5, .max_bytes = 1 << 30, .deadline = 2h};
  wanted.retry = {.retries = 0, .backoff = "linear", .initial = 15us, .cap = 20ms, .jitter = 1.0};
  wanted.streams = {
    .max_active = 6, .idle_after = 7s, .max_waiters = 8, .reservation_deadline = 1500ms};
  wanted.log_writer = {.max_batch = 9, .max_batch_bytes = 64 * 1024, .max_backoff = 10s};
  wanted.snapshots = {.every = 70, .kinds = "account=200, order=0"};
  wanted.requests = {.keep = 720h};
  wanted.postgres = bank_on_postgres;
  wanted.log = {.level = "trace", .sink = "bank.log"};
  wanted.metrics = {.enabled = true, .address = "localhost:80"};
  BOOST_TEST(same(settings_of("", given), wanted));
  BOOST_TEST(same(settings_of<foreign_config>("", given), wanted));
}

BOOST_AUTO_TEST_CASE(sections_and_blocks_say_the_same) {
  const auto max_active = [](const std::string& file) {
    return settings_of(file).streams.max_active;
  };
  BOOST_TEST(max_active("[eventcore.streams]\nmax-active = 5\n") == 5);
  BOOST_TEST(max_active("[eventcore]\nstreams { max-active = 5 }\n") == 5);
  BOOST_TEST(max_active("eventcore { streams { max-active = 5 } }\n") == 5);
  BOOST_TEST(max_active("eventcore = { streams = { max-active = 5 }, readers = 3 }\n") == 5);
  BOOST_TEST(max_active("caf { eventcore { streams { max-active = 5 } } }\n") == 5);
  BOOST_TEST(max_active("[eventcore.streams]\r\nmax-active = 5\r\n") == 5);
  BOOST_TEST(max_active("[eventcore.streams] ; why\nmax-active = 5 ; why\n; end") == 5);
}

// CAF's own reader drops the second block, and replaces what a block said by a later section.
BOOST_AUTO_TEST_CASE(parts_of_a_group_add_up) {
  const auto settings = settings_of(R"(
    eventcore { streams { max-active = 5 } }
    eventcore { streams { max-waiters = 6 } }
    [eventcore.streams]
    idle-after = 7s
    [eventcore]
    streams { reservation-deadline = 8s }
  )");
  BOOST_TEST(settings.streams.max_active == 5);
  BOOST_TEST(settings.streams.max_waiters == 6);
  BOOST_TEST((settings.streams.idle_after == 7s));
  BOOST_TEST((settings.streams.reservation_deadline == 8s));
}

BOOST_AUTO_TEST_CASE(command_line_overrides_file_overrides_program) {
  const auto readers = [](const std::string& file, const arguments& given) {
    bank_config config;
    config.set("eventcore.readers", 7);
    std::istringstream in{file};
    BOOST_REQUIRE_EQUAL(text_of(config.parse(given, in)), "ok");
    return ec::unwrap(ec::read_settings(config)).readers;
  };
  BOOST_TEST(readers("", {}) == 7);
  BOOST_TEST(readers("[eventcore]\nreaders = 8", {}) == 8);
  BOOST_TEST(readers("[eventcore]\nreaders = 8", {"--eventcore.readers=9"}) == 9);
  BOOST_TEST(readers("eventcore { readers = 8 }", {"--eventcore.readers=9"}) == 9);
}

BOOST_AUTO_TEST_CASE(text_on_the_command_line_is_text_whatever_it_looks_like) {
  BOOST_TEST(settings_of("", {"--eventcore.log.sink=5"}).log.sink == "5");
  BOOST_TEST(settings_of("", {"--eventcore.log.sink=true"}).log.sink == "true");
}

BOOST_AUTO_TEST_CASE(command_line_can_take_back_what_a_file_enables) {
  const auto settings =
    settings_of("[eventcore.metrics]\nenabled = true", {"--eventcore.metrics.enabled=false"});
  BOOST_TEST(!settings.metrics.enabled);
}

BOOST_AUTO_TEST_CASE(a_program_sets_dotted_names_and_its_mistakes_are_named) {
  bank_config config;
  config.set("eventcore.streams.max-active", 5)
    .set("eventcore.commands.deadline", caf::timespan{10s})
    .set("eventcore.commands.max-bytes", 1000)
    .set("bank.name", "other");
  const auto settings = ec::unwrap(ec::read_settings(config));
  BOOST_TEST(settings.streams.max_active == 5);
  BOOST_TEST((settings.commands.deadline == 10s));
  BOOST_TEST(settings.commands.max_bytes == 1000);
  BOOST_TEST(config.name == "other");
  config.set("eventcore.streams.most", 5);
  BOOST_TEST(text_of(config.parse({}))
             == "eventcore.streams.most is not a setting; eventcore.streams has max-active, "
                "idle-after, max-waiters, reservation-deadline");
}

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

BOOST_AUTO_TEST_CASE(sizes_have_bytes_or_binary_units) {
  const auto size = [](const std::string& text) {
    return settings_of("[eventcore.commands]\nmax-bytes = " + text).commands.max_bytes;
  };
  BOOST_TEST(size("\"1000\"") == 1000);
  BOOST_TEST(size("1000") == 1000);
  BOOST_TEST(size("\"3 KiB\"") == 3 * 1024);
  BOOST_TEST(size("\"3MiB\"") == 3 * 1024 * 1024);
  BOOST_TEST(size("\"3 GiB\"") == 3ULL * 1024 * 1024 * 1024);
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

BOOST_AUTO_TEST_SUITE_END()

// A program that only adds our options reads files by CAF's own means.
BOOST_AUTO_TEST_SUITE(foreign_configs)

BOOST_AUTO_TEST_CASE(wrong_values_reach_the_check_and_are_named) {
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

BOOST_AUTO_TEST_CASE(other_groups_are_left_alone) {
  const auto file = "top = 1\n[bank]\nname = 5\nunknown = 1s\n[eventcored]\nreaders = \"x\"\n";
  const auto config = parsed<foreign_config>(file, {"--bank.name=mine"});
  BOOST_TEST(same(ec::unwrap(ec::read_settings(config)), {}));
  BOOST_TEST(config.name == "mine");
}

BOOST_AUTO_TEST_SUITE_END()
