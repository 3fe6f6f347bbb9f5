#include "both_observers.hpp"
#include "prometheus.hpp"

#include <eventcore/actors/runtime.hpp>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <latch>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace ec = eventcore;
using namespace std::chrono_literals;

namespace {

/// What a GET of `path` from 127.0.0.1 answers, headers included; empty when nobody listens.
auto get(int port, std::string_view path = "/metrics") -> std::string {
  const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (to < 0)
    throw std::runtime_error{"no socket for the test"};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const auto request =
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    BOOST_REQUIRE(send(to, request.data(), request.size(), MSG_NOSIGNAL) > 0);
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = read(to, part.data(), part.size())) > 0;)
      answer.append(part.data(), static_cast<std::size_t>(size));
  }
  close(to);
  return answer;
}

struct observed {
  static auto make(const std::string& address, std::function<ec::runtime_status()> status = {})
    -> ec::result<std::shared_ptr<ec::prometheus_observer>> {
    ec::runtime_settings settings;
    settings.metrics.address = address;
    return ec::make_prometheus_observer(settings, std::move(status));
  }

  /// The value in the line that begins with `series`, as text; empty when there is none.
  auto shown(std::string_view series) const -> std::string {
    const auto text = get(watching->port());
    const auto line = text.find(fmt::format("\n{} ", series));
    if (line == std::string::npos)
      return {};
    const auto value = line + series.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }

  /// The failure of an address that does not do.
  static auto refusal(const std::string& address) -> std::string {
    const auto made = make(address);
    return made ? "made" : made.error().text();
  }

  ec::runtime_status status;
  std::shared_ptr<ec::prometheus_observer> watching =
    ec::unwrap(make("127.0.0.1:0", [this] { return status; }));
  ec::observer& on = *watching;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(prometheus_metrics, observed)

// -- what is counted ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(commands_are_counted_by_name_and_outcome) {
  on.on(ec::command_ended{.command = "deposit"});
  on.on(ec::command_ended{.command = "deposit"});
  on.on(ec::command_ended{.command = "deposit", .repeated = true});
  on.on(ec::command_ended{.command = "deposit", .failed = ec::errc::rule_violated});
  on.on(ec::command_ended{.command = "withdraw", .failed = ec::errc::shutting_down});
  BOOST_TEST(shown(R"(eventcore_commands_total{command="deposit",outcome="committed"})") == "2");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="deposit",outcome="repeated"})") == "1");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="deposit",outcome="rule_violated"})")
             == "1");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="withdraw",outcome="committed"})") == "0");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="withdraw",outcome="shutting_down"})")
             == "1");
}

BOOST_AUTO_TEST_CASE(a_command_is_known_by_its_text_wherever_that_stands) {
  std::string name = "deposit";
  on.on(ec::command_ended{.command = name});
  name = "reserve"; // of the same length, in the same place
  on.on(ec::command_ended{.command = name});
  on.on(ec::command_ended{.command = std::string{"deposit"}});
  BOOST_TEST(shown(R"(eventcore_commands_total{command="deposit",outcome="committed"})") == "2");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="reserve",outcome="committed"})") == "1");
}

BOOST_AUTO_TEST_CASE(more_commands_than_the_table_has_rows_stay_apart) {
  for (int i = 0; i < 1000; ++i)
    on.on(ec::command_ended{.command = fmt::format("c{}", i)});
  const auto text = get(watching->port());
  for (int i = 0; i < 1000; ++i)
    BOOST_TEST(text.contains(
      fmt::format("\neventcore_commands_total{{command=\"c{}\",outcome=\"committed\"}} 1\n", i)));
}

BOOST_AUTO_TEST_CASE(the_time_of_a_command_falls_into_its_bucket) {
  on.on(ec::command_ended{.command = "deposit", .took = 3ms});
  on.on(ec::command_ended{.command = "deposit", .took = -1s}); // clocks are not to be trusted
  on.on(ec::command_ended{.command = "deposit", .took = 1min});
  BOOST_TEST(shown(R"(eventcore_command_seconds_bucket{command="deposit",le="0.0025"})") == "1");
  BOOST_TEST(shown(R"(eventcore_command_seconds_bucket{command="deposit",le="0.005"})") == "2");
  BOOST_TEST(shown(R"(eventcore_command_seconds_bucket{command="deposit",le="30"})") == "2");
  BOOST_TEST(shown(R"(eventcore_command_seconds_bucket{command="deposit",le="+Inf"})") == "3");
  BOOST_TEST(shown(R"(eventcore_command_seconds_sum{command="deposit"})").starts_with("60.003"));
}

BOOST_AUTO_TEST_CASE(retries_say_why_and_whether_they_cascade) {
  on.on(ec::command_retried{.command = "deposit"});
  on.on(ec::command_retried{.command = "deposit", .cascade = true});
  on.on(ec::command_retried{.command = "deposit", .why = ec::errc::store_unavailable});
  const auto retries = [&](std::string_view cascade, std::string_view why) {
    return shown(fmt::format(
      R"(eventcore_retries_total{{cascade="{}",command="deposit",why="{}"}})", cascade, why));
  };
  BOOST_TEST(retries("false", "version_conflict") == "1");
  BOOST_TEST(retries("true", "version_conflict") == "1");
  BOOST_TEST(retries("false", "store_unavailable") == "1");
  BOOST_TEST(shown(R"(eventcore_conflicts_total{command="deposit"})") == "1");
}

BOOST_AUTO_TEST_CASE(the_conflict_that_a_command_gives_up_on_is_counted) {
  on.on(ec::command_ended{.command = "deposit", .failed = ec::errc::conflict_retries_exhausted});
  on.on(ec::command_ended{.command = "deposit", .failed = ec::errc::version_conflict});
  on.on(ec::command_ended{.command = "deposit", .failed = ec::errc::overloaded});
  BOOST_TEST(shown(R"(eventcore_conflicts_total{command="deposit"})") == "2");
}

BOOST_AUTO_TEST_CASE(batches_are_measured_and_failed_ones_only_counted) {
  on.on(ec::batch_ended{.write_sets = 20, .events = 40, .refused = 3, .took = 5ms});
  on.on(ec::batch_ended{.write_sets = 7, .failed = true, .took = 30s});
  BOOST_TEST(shown("eventcore_batch_write_sets_count") == "1");
  BOOST_TEST(shown("eventcore_batch_write_sets_sum") == "20");
  BOOST_TEST(shown(R"(eventcore_batch_write_sets_bucket{le="10"})") == "0");
  BOOST_TEST(shown(R"(eventcore_batch_write_sets_bucket{le="20"})") == "1");
  BOOST_TEST(shown("eventcore_batch_events_sum") == "40");
  BOOST_TEST(shown("eventcore_batch_seconds_count") == "1");
  BOOST_TEST(shown(R"(eventcore_batch_seconds_bucket{le="0.005"})") == "1");
  BOOST_TEST(shown("eventcore_batches_failed_total") == "1");
  BOOST_TEST(shown("eventcore_write_sets_refused_total") == "3");
}

BOOST_AUTO_TEST_CASE(reservations_and_restarts_are_counted) {
  on.on_reserved(200us);
  on.on_lapsed();
  on.on_restarted("eventcore.stream");
  on.on_restarted("eventcore.stream");
  BOOST_TEST(shown(R"(eventcore_reservation_wait_seconds_bucket{le="0.0001"})") == "0");
  BOOST_TEST(shown(R"(eventcore_reservation_wait_seconds_bucket{le="0.00025"})") == "1");
  BOOST_TEST(shown("eventcore_reservations_lapsed_total") == "1");
  BOOST_TEST(shown(R"(eventcore_actor_restarts_total{actor="eventcore.stream"})") == "2");
}

BOOST_AUTO_TEST_CASE(snapshots_are_counted_by_kind_and_outcome) {
  on.on_snapshot("account", ec::snapshot_fate::saved);
  on.on_snapshot("account", ec::snapshot_fate::saved);
  on.on_snapshot("account", ec::snapshot_fate::ignored);
  on.on_snapshot("order", ec::snapshot_fate::failed);
  BOOST_TEST(shown(R"(eventcore_snapshots_total{kind="account",outcome="saved"})") == "2");
  BOOST_TEST(shown(R"(eventcore_snapshots_total{kind="account",outcome="ignored"})") == "1");
  BOOST_TEST(shown(R"(eventcore_snapshots_total{kind="order",outcome="failed"})") == "1");
}

BOOST_AUTO_TEST_CASE(threads_that_report_at_once_lose_nothing) {
  constexpr int threads = 4;
  constexpr int each = 5'000;
  std::latch all_there{threads};
  std::vector<std::jthread> reporting;
  for (int t = 0; t < threads; ++t)
    reporting.emplace_back([&] {
      all_there.arrive_and_wait(); // all of them meet names that nobody has reported so far
      for (int i = 0; i < each; ++i) {
        on.on(ec::command_ended{.command = fmt::format("c{}", i % 50)});
        on.on(ec::command_ended{.command = "d", .failed = ec::errc::timed_out});
        on.on(ec::command_retried{.command = fmt::format("e{}", i % 50)});
      }
    });
  reporting.clear();
  BOOST_TEST(shown(R"(eventcore_commands_total{command="c7",outcome="committed"})") == "400");
  BOOST_TEST(shown(R"(eventcore_command_seconds_count{command="c7"})") == "400");
  BOOST_TEST(shown(R"(eventcore_commands_total{command="d",outcome="timed_out"})") == "20000");
  BOOST_TEST(
    shown(R"(eventcore_retries_total{cascade="false",command="e49",why="version_conflict"})")
    == "400");
}

// -- gauges -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gauges_show_the_status_at_the_time_of_the_scrape) {
  BOOST_TEST(shown("eventcore_store_reachable") == "1");
  status = {.store_reachable = false,
            .head = {123'456'789},
            .commands_in_flight = 1,
            .active_streams = 2,
            .queued_write_sets = 3,
            .queued_bytes = 4};
  BOOST_TEST(shown("eventcore_store_reachable") == "0");
  BOOST_TEST(shown("eventcore_log_head_position") == "123456789");
  BOOST_TEST(shown("eventcore_commands_in_flight") == "1");
  BOOST_TEST(shown("eventcore_active_streams") == "2");
  BOOST_TEST(shown("eventcore_queued_write_sets") == "3");
  BOOST_TEST(shown("eventcore_queued_bytes") == "4");
}

BOOST_AUTO_TEST_CASE(a_status_that_throws_leaves_the_gauges_out) {
  const auto failing = ec::unwrap(make("127.0.0.1:0", []() -> ec::runtime_status {
    throw std::runtime_error{"the runtime is gone"};
  }));
  const auto text = get(failing->port());
  BOOST_TEST(text.contains("eventcore_batches_failed_total 0\n"));
  BOOST_TEST(!text.contains("eventcore_store_reachable"));
}

// -- serving ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(metrics_are_served_as_text_and_nothing_else_is) {
  const auto answer = get(watching->port());
  BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(answer.contains("\r\nContent-Type: text/plain"));
  BOOST_TEST(answer.contains("\n# TYPE eventcore_batch_seconds histogram\n"));
  BOOST_TEST(get(watching->port(), "/").starts_with("HTTP/1.1 404 "));
}

BOOST_AUTO_TEST_CASE(a_closed_observer_counts_on_and_asks_for_no_status) {
  std::atomic<int> asked = 0;
  const auto closing = ec::unwrap(make("127.0.0.1:0", [&] {
    ++asked;
    return ec::runtime_status{};
  }));
  BOOST_TEST(!get(closing->port()).empty());
  closing->close();
  closing->close();
  BOOST_TEST(get(closing->port()).empty());
  BOOST_TEST(asked == 1);
  closing->on(ec::command_ended{.command = "deposit"});
  BOOST_TEST(make(fmt::format("127.0.0.1:{}", closing->port())).has_value());
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_a_clear_failure) {
  const auto address = fmt::format("127.0.0.1:{}", watching->port());
  BOOST_TEST(refusal(address)
             == fmt::format("invalid_argument: eventcore.metrics.address is '{}': nothing can "
                            "listen there: Address already in use; name a free port of this "
                            "machine, or set eventcore.metrics.enabled = false",
                            address));
}

BOOST_AUTO_TEST_CASE(an_address_that_does_not_do_is_a_clear_failure) {
  for (const auto* malformed : {"", "127.0.0.1", "9464", ":9464", "127.0.0.1:", "127.0.0.1:65536",
                                "127.0.0.1:-1", "127.0.0.1:80s", "127.0.0.1:1,127.0.0.1:2"})
    BOOST_TEST(refusal(malformed).starts_with(
      fmt::format("invalid_argument: eventcore.metrics.address is '{}': ", malformed)));
  BOOST_TEST(refusal("127.0.0.1").contains("write it as host:port with a port from 0 to 65535"));
  BOOST_TEST(refusal("[::1]:9464").contains("knows no IPv6"));
  BOOST_TEST(refusal("192.0.2.1:9464").contains("Cannot assign requested address"));
  BOOST_TEST(refusal("999.0.0.1:9464").contains("the host is not known"));
}

BOOST_AUTO_TEST_CASE(a_host_may_be_a_name) { BOOST_TEST(make("localhost:0").has_value()); }

// -- projections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(projections_are_shown_by_name) {
  BOOST_TEST(!get(watching->port()).contains("eventcore_projection"));
  status.projections = {{.name = "balances",
                         .state = ec::projection_state::live,
                         .reached = {.position = {41}},
                         .lag = 2,
                         .lag_time = 1500ms,
                         .applied = 40,
                         .skipped = 3,
                         .parked = 4,
                         .failures = 5},
                        {.name = "top", .state = ec::projection_state::failed}};
  const auto of = [](std::string_view what) {
    return fmt::format(R"(eventcore_projection_{}{{projection="balances"}})", what);
  };
  BOOST_TEST(shown(of("up")) == "1");
  BOOST_TEST(shown(R"(eventcore_projection_up{projection="top"})") == "0");
  BOOST_TEST(shown(of("position")) == "41");
  BOOST_TEST(shown(of("lag_events")) == "2");
  BOOST_TEST(shown(of("lag_seconds")) == "1.5");
  BOOST_TEST(shown(of("applied_total")) == "40");
  BOOST_TEST(shown(of("skipped_total")) == "3");
  BOOST_TEST(shown(of("parked_total")) == "4");
  BOOST_TEST(shown(of("failures_total")) == "5");
}

// -- two observers ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(both_observers_are_told_everything) {
  const auto other = ec::unwrap(make("127.0.0.1:0", [] { return ec::runtime_status{}; }));
  const auto both = ec::tell_both(other, watching);
  both->on(ec::command_ended{.command = "deposit"});
  both->on(ec::command_retried{.command = "deposit"});
  both->on(ec::batch_ended{.write_sets = 1});
  both->on_reserved(1ms);
  both->on_lapsed();
  both->on_snapshot("account", ec::snapshot_fate::saved);
  both->on_restarted("eventcore.stream");
  const auto told = get(watching->port());
  for (const auto* line :
       {R"(eventcore_commands_total{command="deposit",outcome="committed"} 1)",
        R"(eventcore_conflicts_total{command="deposit"} 1)", "eventcore_batch_write_sets_count 1",
        "eventcore_reservation_wait_seconds_count 1", "eventcore_reservations_lapsed_total 1",
        R"(eventcore_snapshots_total{kind="account",outcome="saved"} 1)",
        R"(eventcore_actor_restarts_total{actor="eventcore.stream"} 1)"}) {
    BOOST_TEST(told.contains(fmt::format("\n{}\n", line)), line);
    BOOST_TEST(get(other->port()).contains(fmt::format("\n{}\n", line)), line);
  }
}

BOOST_AUTO_TEST_CASE(an_observer_without_a_second_is_told_directly) {
  BOOST_CHECK(ec::tell_both(nullptr, watching) == watching);
  BOOST_CHECK(ec::tell_both(watching, nullptr) == watching);
  BOOST_CHECK(!ec::tell_both(nullptr, nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
