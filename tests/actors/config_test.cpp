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

BOOST_AUTO_TEST_CASE(other_groups_are_left_alone) {
  const auto file = "top = 1\n[bank]\nname = 5\nunknown = 1s\n[eventcored]\nreaders = \"x\"\n";
  const auto config = parsed<foreign_config>(file, {"--bank.name=mine"});
  BOOST_TEST(same(ec::unwrap(ec::read_settings(config)), {}));
  BOOST_TEST(config.name == "mine");
}

BOOST_AUTO_TEST_SUITE_END()
