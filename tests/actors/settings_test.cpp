#include <eventcore/actors/settings.hpp>

#include <functional>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;
using namespace std::chrono_literals;

namespace {

using change = std::function<void(ec::runtime_settings&)>;

/// What `validate` says about the defaults with one change.
auto verdict(const change& apply) -> std::string {
  ec::runtime_settings settings;
  apply(settings);
  const auto valid = settings.validate();
  return valid ? "valid" : valid.error().detail;
}

auto backoff_of(const std::string& name) -> ec::backoff {
  ec::runtime_settings settings;
  settings.retry.backoff = name;
  return settings.command_defaults().retry.backoff;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(defaults_are_valid) {
  BOOST_TEST(ec::runtime_settings{}.validate().has_value());
}

BOOST_AUTO_TEST_CASE(ends_of_ranges_are_valid) {
  const change least = [](ec::runtime_settings& s) {
    s.coordinators = 0;
    s.readers = 1;
    s.shutdown_deadline = 0ms;
    s.commands = {.max_in_flight = 1, .max_bytes = 1, .deadline = 1ms};
    s.retry = {.retries = 0, .backoff = "none", .initial = 0us, .cap = 0us, .jitter = 0.0};
    s.streams = {.max_active = 1, .idle_after = 1ms, .max_waiters = 0, .reservation_deadline = 1ms};
    s.log_writer = {.max_batch = 1, .max_batch_bytes = 1, .max_backoff = 1ms};
    s.snapshots = {.every = 0, .kinds = ""};
    s.requests = {.keep = 0ms};
    s.postgres = {.schema = "x",
                  .application_name = "",
                  .connections = 3,
                  .connect_timeout = 1ms,
                  .lock_timeout = 1ms,
                  .statement_timeout = 0ms,
                  .poll_interval = 1ms};
    s.log = {.level = "off", .sink = "x"};
    s.metrics = {.enabled = true, .address = "h:0"};
  };
  const change most = [](ec::runtime_settings& s) {
    s.coordinators = 1'024;
    s.readers = 256;
    s.shutdown_deadline = 24h;
    s.commands = {.max_in_flight = 1'000'000'000, .max_bytes = 1ULL << 40, .deadline = 24h};
    s.retry = {.retries = 1'000'000, .backoff = "fixed", .initial = 24h, .cap = 24h, .jitter = 1.0};
    s.streams = {.max_active = 1'000'000'000,
                 .idle_after = 24h,
                 .max_waiters = 1'000'000'000,
                 .reservation_deadline = 24h};
    s.log_writer = {.max_batch = 1'000'000, .max_batch_bytes = 1ULL << 40, .max_backoff = 24h};
    s.snapshots = {.every = 1'000'000'000, .kinds = " account=1000000000 ,order_2= 0"};
    s.requests = {.keep = 876'600h};
    s.postgres = {.schema = std::string(63, 'x'),
                  .application_name = std::string(63, 'x'),
                  .connections = 1'000,
                  .connect_timeout = 24h,
                  .lock_timeout = 24h,
                  .statement_timeout = 24h,
                  .poll_interval = 24h};
    s.metrics = {.enabled = true, .address = "localhost:65535"};
  };
  BOOST_TEST(verdict(least) == "valid");
  BOOST_TEST(verdict(most) == "valid");
}

BOOST_AUTO_TEST_CASE(counts_out_of_range_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.coordinators = 1'025; })
             == "eventcore.coordinators is 1025; it must be at most 1024");
  BOOST_TEST(verdict([](auto& s) { s.readers = 0; })
             == "eventcore.readers is 0; it must be at least 1");
  BOOST_TEST(verdict([](auto& s) { s.readers = 257; })
             == "eventcore.readers is 257; it must be at most 256");
  BOOST_TEST(verdict([](auto& s) { s.commands.max_in_flight = 0; })
             == "eventcore.commands.max-in-flight is 0; it must be at least 1");
  BOOST_TEST(verdict([](auto& s) { s.retry.retries = 1'000'001; })
             == "eventcore.retry.retries is 1000001; it must be at most 1000000");
  BOOST_TEST(verdict([](auto& s) { s.streams.max_active = 0; })
             == "eventcore.streams.max-active is 0; it must be at least 1");
  BOOST_TEST(verdict([](auto& s) { s.streams.max_waiters = 1'000'000'001; })
             == "eventcore.streams.max-waiters is 1000000001; it must be at most 1000000000");
  BOOST_TEST(verdict([](auto& s) { s.snapshots.every = 1'000'000'001; })
             == "eventcore.snapshots.every is 1000000001; it must be at most 1000000000");
  BOOST_TEST(verdict([](auto& s) { s.log_writer.max_batch = 0; })
             == "eventcore.log-writer.max-batch is 0; it must be at least 1");
}

BOOST_AUTO_TEST_CASE(sizes_out_of_range_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.commands.max_bytes = 0; })
             == "eventcore.commands.max-bytes is \"0\"; it must be at least \"1\"");
  BOOST_TEST(verdict([](auto& s) { s.commands.max_bytes = 1025ULL << 30; })
             == "eventcore.commands.max-bytes is \"1025 GiB\"; it must be at most \"1024 GiB\"");
  BOOST_TEST(verdict([](auto& s) { s.log_writer.max_batch_bytes = 0; })
             == "eventcore.log-writer.max-batch-bytes is \"0\"; it must be at least \"1\"");
}

BOOST_AUTO_TEST_CASE(durations_out_of_range_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.shutdown_deadline = -1ms; })
             == "eventcore.shutdown-deadline is -1ms; it must be at least 0s");
  BOOST_TEST(verdict([](auto& s) { s.commands.deadline = 0ms; })
             == "eventcore.commands.deadline is 0s; it must be at least 1ms");
  BOOST_TEST(verdict([](auto& s) { s.commands.deadline = 25h; })
             == "eventcore.commands.deadline is 25h; it must be at most 24h");
  BOOST_TEST(verdict([](auto& s) { s.retry.initial = -1us; })
             == "eventcore.retry.initial is -1us; it must be at least 0s");
  BOOST_TEST(verdict([](auto& s) { s.retry.cap = 1441min; })
             == "eventcore.retry.cap is 1441min; it must be at most 24h");
  BOOST_TEST(verdict([](auto& s) { s.streams.idle_after = 0ms; })
             == "eventcore.streams.idle-after is 0s; it must be at least 1ms");
  BOOST_TEST(verdict([](auto& s) { s.streams.reservation_deadline = 0ms; })
             == "eventcore.streams.reservation-deadline is 0s; it must be at least 1ms");
  BOOST_TEST(verdict([](auto& s) { s.log_writer.max_backoff = 86'401s; })
             == "eventcore.log-writer.max-backoff is 86401s; it must be at most 24h");
}

BOOST_AUTO_TEST_CASE(the_time_that_requests_are_kept_is_bounded) {
  BOOST_TEST(verdict([](auto& s) { s.requests.keep = -1ms; })
             == "eventcore.requests.keep is -1ms; it must be at least 0s");
  BOOST_TEST(verdict([](auto& s) { s.requests.keep = 876'601h; })
             == "eventcore.requests.keep is 876601h; it must be at most 876600h");
}

BOOST_AUTO_TEST_CASE(kinds_with_snapshots_are_named_each_once_with_a_number) {
  for (const std::string kinds :
       {"account", "account=", "account=x", "account=-1", "Account=1", "account=1,", ",account=1",
        "account=1, account=2", "=1", "account=1000000001", "account=1 2", "account==1"})
    BOOST_TEST(verdict([&](auto& s) { s.snapshots.kinds = kinds; })
               == "eventcore.snapshots.kinds is \"" + kinds
                    + "\"; it must be kinds, each once, with numbers up to 1000000000, such as "
                      "\"account=200, order=0\"");
  ec::runtime_settings settings;
  settings.snapshots = {.every = 70, .kinds = "account=200, order=0"};
  const auto policy = settings.snapshot_defaults();
  BOOST_TEST(policy.every == 70U);
  BOOST_TEST(policy.kinds.size() == 2U);
  BOOST_TEST(policy.kinds.at("account") == 200U);
  BOOST_TEST(policy.kinds.at("order") == 0U);
}

BOOST_AUTO_TEST_CASE(names_that_postgresql_would_not_keep_are_named) {
  const auto refused = [](const std::string& schema) {
    return "eventcore.postgres.schema is \"" + schema
           + "\"; it must be a name of 1 to 63 bytes that does not begin with pg_";
  };
  for (const std::string& schema : {std::string{}, std::string(64, 'x'), std::string{"pg_mine"}})
    BOOST_TEST(verdict([&](auto& s) { s.postgres.schema = schema; }) == refused(schema));
  const std::string name(64, 'x');
  BOOST_TEST(verdict([&](auto& s) { s.postgres.application_name = name; })
             == "eventcore.postgres.application-name is \"" + name
                  + "\"; it must be a text of at most 63 bytes");
}

BOOST_AUTO_TEST_CASE(settings_of_postgresql_out_of_range_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.postgres.connections = 2; })
             == "eventcore.postgres.connections is 2; it must be at least 3");
  BOOST_TEST(verdict([](auto& s) { s.postgres.connections = 1'001; })
             == "eventcore.postgres.connections is 1001; it must be at most 1000");
  BOOST_TEST(verdict([](auto& s) { s.postgres.connect_timeout = 0ms; })
             == "eventcore.postgres.connect-timeout is 0s; it must be at least 1ms");
  BOOST_TEST(verdict([](auto& s) { s.postgres.lock_timeout = 0ms; })
             == "eventcore.postgres.lock-timeout is 0s; it must be at least 1ms");
  BOOST_TEST(verdict([](auto& s) { s.postgres.statement_timeout = -1ms; })
             == "eventcore.postgres.statement-timeout is -1ms; it must be at least 0s");
  BOOST_TEST(verdict([](auto& s) { s.postgres.poll_interval = 25h; })
             == "eventcore.postgres.poll-interval is 25h; it must be at most 24h");
}

BOOST_AUTO_TEST_CASE(each_reader_needs_a_connection_to_postgresql) {
  const auto with = [](const std::string& store, std::size_t readers) {
    return verdict([&](auto& s) {
      s.store = store;
      s.readers = readers;
    });
  };
  BOOST_TEST(with("postgresql://db/bank", 3) == "valid");
  const std::string refused = "eventcore.postgres.connections is 5; it must be at least 6: 4 for "
                              "eventcore.readers, one that writes and one that listens";
  BOOST_TEST(with("postgresql://db/bank", 4) == refused);
  BOOST_TEST(with("postgres://db/bank", 4) == refused);
  BOOST_TEST(with("sqlite:bank.db", 4) == "valid");
}

BOOST_AUTO_TEST_CASE(the_store_is_opened_with_what_the_settings_say) {
  ec::runtime_settings settings;
  settings.postgres.schema = "bank";
  settings.postgres.connections = 9;
  const auto opened = settings.store_defaults();
  BOOST_TEST(opened.postgres.schema == "bank");
  BOOST_TEST(opened.postgres.connections == 9U);
  BOOST_TEST(opened.create);
  BOOST_TEST(!opened.read_only);
}

// They do not fit into nanoseconds.
BOOST_AUTO_TEST_CASE(durations_beyond_292_years_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.commands.deadline = std::chrono::milliseconds::max(); })
             == "eventcore.commands.deadline is 9223372036854775807ms; it must be at most 24h");
  BOOST_TEST(verdict([](auto& s) { s.retry.cap = std::chrono::microseconds::min(); })
             == "eventcore.retry.cap is -9223372036854775808us; it must be at least 0s");
}

BOOST_AUTO_TEST_CASE(jitter_out_of_range_is_named) {
  BOOST_TEST(verdict([](auto& s) { s.retry.jitter = 1.5; })
             == "eventcore.retry.jitter is 1.5; it must be at most 1");
  BOOST_TEST(verdict([](auto& s) { s.retry.jitter = -0.1; })
             == "eventcore.retry.jitter is -0.1; it must be at least 0");
  BOOST_TEST(verdict([](auto& s) { s.retry.jitter = std::numeric_limits<double>::quiet_NaN(); })
             == "eventcore.retry.jitter is nan; it must be at least 0");
}

BOOST_AUTO_TEST_CASE(texts_that_mean_nothing_are_named) {
  BOOST_TEST(verdict([](auto& s) { s.store = "bank.db"; })
             == "eventcore.store is \"bank.db\"; it must be a URL such as \"sqlite:eventcore.db\"");
  BOOST_TEST(verdict([](auto& s) { s.store = "user=anna password=geheim"; })
             == "eventcore.store is \"user=anna password=***\"; it must be a URL such as "
                "\"sqlite:eventcore.db\"");
  BOOST_TEST(verdict([](auto& s) { s.store = ""; })
             == "eventcore.store is \"\"; it must be a URL such as \"sqlite:eventcore.db\"");
  BOOST_TEST(verdict([](auto& s) { s.retry.backoff = "Fixed"; })
             == "eventcore.retry.backoff is \"Fixed\"; it must be one of exponential, linear, "
                "fixed, none");
  BOOST_TEST(verdict([](auto& s) { s.log.level = "warning"; })
             == "eventcore.log.level is \"warning\"; it must be one of trace, debug, info, warn, "
                "error, off");
  BOOST_TEST(verdict([](auto& s) { s.log.sink = ""; })
             == "eventcore.log.sink is \"\"; it must be stderr, stdout or the path of a file");
}

BOOST_AUTO_TEST_CASE(addresses_without_host_or_port_are_named) {
  const auto refused = [](const std::string& address) {
    return "eventcore.metrics.address is \"" + address
           + "\"; it must be a host and a port such as \"127.0.0.1:9464\"";
  };
  for (const std::string address :
       {"", "localhost", ":9464", "localhost:", "localhost:65536", "localhost:94a", "h:-1"})
    BOOST_TEST(verdict([&](auto& s) { s.metrics.address = address; }) == refused(address));
}

BOOST_AUTO_TEST_CASE(the_first_of_several_is_named) {
  BOOST_TEST(verdict([](auto& s) {
               s.log.sink = "";
               s.readers = 0;
             })
             == "eventcore.readers is 0; it must be at least 1");
}

BOOST_AUTO_TEST_CASE(command_defaults_equal_those_of_a_command_without_a_runtime) {
  const auto options = ec::runtime_settings{}.command_defaults();
  const ec::execute_options plain;
  BOOST_TEST(options.retry.retries == plain.retry.retries);
  BOOST_TEST((options.retry.backoff == plain.retry.backoff));
  BOOST_TEST((options.retry.initial == plain.retry.initial));
  BOOST_TEST((options.retry.cap == plain.retry.cap));
  BOOST_TEST(options.retry.jitter == plain.retry.jitter);
  BOOST_TEST((options.command_deadline == plain.command_deadline));
}

BOOST_AUTO_TEST_CASE(command_defaults_follow_the_settings) {
  ec::runtime_settings settings;
  settings.retry = {.retries = 7, .backoff = "linear", .initial = 3us, .cap = 5s, .jitter = 0.5};
  settings.commands.deadline = 1'500ms;
  const auto options = settings.command_defaults();
  BOOST_TEST(options.retry.retries == 7);
  BOOST_TEST((options.retry.initial == 3us));
  BOOST_TEST((options.retry.cap == 5s));
  BOOST_TEST(options.retry.jitter == 0.5);
  BOOST_TEST((options.command_deadline == 1'500ms));
}

BOOST_AUTO_TEST_CASE(each_backoff_has_its_name) {
  BOOST_TEST((backoff_of("exponential") == ec::backoff::exponential));
  BOOST_TEST((backoff_of("linear") == ec::backoff::linear));
  BOOST_TEST((backoff_of("fixed") == ec::backoff::fixed));
  BOOST_TEST((backoff_of("none") == ec::backoff::none));
}

BOOST_AUTO_TEST_SUITE_END()
