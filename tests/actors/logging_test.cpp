#include "logging.hpp"
#include "snapshot_reports.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spdlog/logger.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ec = eventcore;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

struct line_parts {
  std::string time, level, logger, thread, rest;
};

auto parts_of(const std::string& line) -> line_parts {
  line_parts parts;
  std::istringstream in{line};
  in >> parts.time >> parts.level >> parts.logger >> parts.thread >> std::ws;
  parts.rest.assign(std::istreambuf_iterator<char>{in}, {});
  return parts;
}

/// A directory of the test's own, with a log in it.
struct log_file {
  log_file() {
    auto pattern = (fs::temp_directory_path() / "eventcore-log-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no directory for the test's log: " + pattern};
    directory = pattern;
  }

  ~log_file() {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }

  auto file() const -> fs::path { return directory / "event core.log"; }

  static auto make(const std::string& sink, const std::string& level = "trace")
    -> ec::result<std::shared_ptr<spdlog::logger>> {
    ec::runtime_settings settings;
    settings.log.sink = sink;
    settings.log.level = level;
    return ec::make_logger(settings);
  }

  auto open(const std::string& level = "trace") const -> std::shared_ptr<spdlog::logger> {
    return ec::unwrap(make(file(), level));
  }

  static auto refusal(const std::string& sink, const std::string& level = "info") -> std::string {
    const auto made = make(sink, level);
    return made ? "made" : made.error().text();
  }

  /// All that was written so far.
  auto text() const -> std::string {
    std::ifstream in{file(), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// What `write` writes into a log of its own: the level, the message and the fields.
  template <class Write>
  auto line(const Write& write) -> std::string {
    fs::remove(file());
    write(*open());
    const auto written = parts_of(text());
    return written.level + " " + written.rest;
  }

  fs::path directory;
};

auto stream(std::string_view text) -> ec::stream_id { return ec::unwrap(ec::stream_id::of(text)); }

auto id(std::uint8_t last) -> ec::commit_id {
  ec::commit_id made;
  made.bytes.back() = last;
  return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(logging, log_file)

// -- lines --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_line_has_time_in_utc_level_name_thread_message_and_fields) {
  const auto shown_now = [] {
    const auto now = std::chrono::system_clock::now();
    const auto us = std::chrono::floor<std::chrono::microseconds>(now).time_since_epoch().count();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    return fmt::format("{:%FT%T}.{:06}Z", *gmtime_r(&seconds, &utc), us % 1'000'000);
  };
  const auto before = shown_now();
  ec::log_lapsed(*open(), stream("account-1"), "deposit");
  const auto after = shown_now();
  const auto parts = parts_of(text());
  BOOST_TEST(parts.time.size() == before.size());
  BOOST_TEST(parts.time >= before);
  BOOST_TEST(parts.time <= after);
  BOOST_TEST(parts.level == "warning");
  BOOST_TEST(parts.logger == "eventcore");
  BOOST_TEST(parts.thread == fmt::format("[{}]", gettid()));
  BOOST_TEST(parts.rest == "reservation lapsed stream=account-1 command=deposit\n");
}

BOOST_AUTO_TEST_CASE(a_retry_after_a_conflict_names_its_streams) {
  ec::failure why{ec::errc::version_conflict, "not shown, the fields say it"};
  why.streams = {{stream("account-1"), {{3}, id(1)}, {{4}, id(2)}},
                 {stream("account-b c"), {{7}, id(3)}, {{7}, id(4)}}};
  BOOST_TEST(
    line([&](auto& log) {
      ec::log_retried(log, {.command = "deposit",
                            .attempt = 2,
                            .delay = 20'100us,
                            .why = why,
                            .streams = why.streams});
    })
    == "info command retried command=deposit attempt=2 delay_ms=20.100 why=version_conflict "
       "streams=2 stream=account-1 expected=3 found=4 stream=\"account-b c\" "
       "expected=7/00000000-0000-0000-0000-000000000003 "
       "found=7/00000000-0000-0000-0000-000000000004\n");
}

BOOST_AUTO_TEST_CASE(a_retry_names_no_more_than_eight_streams_and_says_how_many_there_are) {
  ec::failure why{ec::errc::version_conflict, ""};
  for (int i = 0; i < 256; ++i)
    why.streams.push_back({stream(fmt::format("s-{}", i)), {}, {{1}, id(1)}});
  const auto written = line([&](auto& log) {
    ec::log_retried(log, {.command = "deposit", .why = why, .streams = why.streams});
  });
  BOOST_TEST(written.contains(" streams=256 stream=s-0 expected=0 found=1 "));
  BOOST_TEST(written.ends_with(" stream=s-7 expected=0 found=1\n"));
}

BOOST_AUTO_TEST_CASE(a_retry_after_a_failure_of_the_store_says_what_the_store_said) {
  const ec::failure why{ec::errc::store_unavailable, "database is locked"};
  BOOST_TEST(line([&](auto& log) {
               ec::log_retried(log, {.command = "deposit", .why = why, .streams = why.streams});
             })
             == "info command retried command=deposit attempt=1 delay_ms=0.000 "
                "why=store_unavailable detail=\"database is locked\"\n");
}

BOOST_AUTO_TEST_CASE(failures_of_the_store_have_a_message_of_their_own_by_what_is_known) {
  BOOST_TEST(line([](auto& log) {
               ec::log_store_failed(log, {ec::errc::store_unavailable, "disk I/O error"});
             })
             == "warning store unavailable why=store_unavailable detail=\"disk I/O error\"\n");
  BOOST_TEST(line([](auto& log) {
               ec::log_store_failed(log, {ec::errc::outcome_unknown, "connection lost"});
             })
             == "error outcome unknown detail=\"connection lost\"\n");
  BOOST_TEST(line([](auto& log) { ec::log_store_back(log, 1500ms); })
             == "info store available again away_ms=1500.000\n");
}

BOOST_AUTO_TEST_CASE(restarts_and_lapses_name_who_it_was) {
  BOOST_TEST(
    line([](auto& log) { ec::log_restarted(log, "eventcore.stream", "unhandled exception"); })
    == "error actor restarted actor=eventcore.stream why=\"unhandled exception\"\n");
  BOOST_TEST(line([](auto& log) { ec::log_lapsed(log, stream("a-1"), ""); })
             == "warning reservation lapsed stream=a-1\n");
}

BOOST_AUTO_TEST_CASE(what_becomes_of_snapshots_and_requests_is_told) {
  using enum ec::snapshot_fate;
  const ec::failure why{ec::errc::codec_failed, "no use"};
  BOOST_TEST(line([&](auto& log) { ec::log_snapshot_trouble(log, ignored, why, 0); })
             == "info snapshot ignored why=codec_failed detail=\"no use\"\n");
  BOOST_TEST(line([&](auto& log) { ec::log_snapshot_trouble(log, failed, why, 7); })
             == "warning snapshot failed why=codec_failed detail=\"no use\" held_back=7\n");
  BOOST_TEST(line([](auto& log) { ec::log_requests_forgotten(log, 12); })
             == "info requests forgotten count=12\n");
  BOOST_TEST(line([&](auto& log) { ec::log_requests_kept(log, why); })
             == "warning requests not forgotten why=codec_failed detail=\"no use\"\n");
}

// The first of its sort is written at once, the next ones within ten seconds only counted.
BOOST_AUTO_TEST_CASE(trouble_with_snapshots_does_not_flood_the_log) {
  const ec::failure why{ec::errc::codec_failed, "x"};
  const auto log = open();
  const auto hooks = ec::actors::report_snapshots(log, std::make_shared<ec::observer>());
  ec::view_type view{};
  view.name = view.kind = "account";
  for (int i = 0; i < 100; ++i) {
    hooks.on_ignored(stream("account-1"), view, why);
    hooks.on_failed(stream("account-1"), view, why);
    hooks.on_saved(stream("account-1"), view, {});
  }
  BOOST_TEST(std::ranges::count(text(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(a_shutdown_that_abandons_commands_is_a_warning) {
  BOOST_TEST(line([](auto& log) { ec::log_stopping(log, 12, 10s); })
             == "info shutdown began in_flight=12 deadline_ms=10000.000\n");
  BOOST_TEST(line([](auto& log) { ec::log_stopped(log, 0, 1500us); })
             == "info shutdown ended abandoned=0 took_ms=1.500\n");
  BOOST_TEST(line([](auto& log) { ec::log_stopped(log, 3, 10s); })
             == "warning shutdown ended abandoned=3 took_ms=10000.000\n");
}

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_projections_and_subscriptions_meet) {
  const ec::failure why{ec::errc::handler_failed, "out of paper"};
  ec::recorded_event event;
  event.position = {7};
  const auto written = line([&](auto& log) {
    ec::log_trouble(log, {.projection = "receipts",
                          .why = why,
                          .next = ec::projection_trouble::step::try_again,
                          .event = &event,
                          .attempt = 2,
                          .delay = 20ms});
  });
  BOOST_TEST(written.starts_with("warning projection trouble "));
  BOOST_TEST(written.contains("projection trouble projection=receipts next=try_again attempt=2 "
                              "delay_ms=20.000 position=7 why=handler_failed "
                              "detail=\"out of paper\""));
  const auto ended = [&](const ec::result<ec::projection_status>& outcome) {
    return line([&](auto& log) { ec::log_projection_ended(log, "receipts", outcome); });
  };
  ec::projection_status at;
  at.reached.position = {9};
  BOOST_TEST(ended(at).starts_with("info "));
  BOOST_TEST(ended(at).contains("projection ended projection=receipts position=9"));
  BOOST_TEST(ended(std::unexpected{why}).starts_with("error "));
  BOOST_TEST(ended(std::unexpected{why})
               .contains("projection ended projection=receipts why=handler_failed detail="));
  BOOST_TEST(line([&](auto& log) {
               ec::log_subscription_ended(log, 3, {});
             }).contains("subscription ended subscription=3"));
  BOOST_TEST(line([&](auto& log) {
               ec::log_subscription_ended(log, 3, std::unexpected{why});
             }).starts_with("error "));
  const auto stopped = line([&](auto& log) {
    ec::log_subscription_ended(log, 3, ec::fail(ec::errc::shutting_down, "the runtime stops"));
  });
  BOOST_TEST(stopped.starts_with("info "), stopped);
  BOOST_TEST(stopped.contains("subscription ended subscription=3 why=shutting_down"), stopped);
  BOOST_TEST(line([&](auto& log) {
               ec::log_subscription_ended(log, 3, std::unexpected{why});
             }).contains("subscription ended subscription=3 why=handler_failed detail="));
}

BOOST_AUTO_TEST_CASE(values_are_quoted_and_escaped_when_they_would_blur_the_line) {
  const auto shown = [this](std::string_view value) {
    const auto written = line([&](auto& log) { ec::log_restarted(log, "a", value); });
    const auto begin = written.find("why=") + 4;
    BOOST_TEST(std::ranges::count(written, '\n') == 1);
    return written.substr(begin, written.size() - begin - 1);
  };
  BOOST_TEST(shown("plain-žluť_1/{}%") == "plain-žluť_1/{}%");
  BOOST_TEST(shown("") == R"("")");
  BOOST_TEST(shown("two words") == R"("two words")");
  BOOST_TEST(shown("a=b") == R"("a=b")");
  BOOST_TEST(shown(R"(say "no" \ yes)") == R"("say \"no\" \\ yes")");
  BOOST_TEST(shown("a\nb\tc\r") == R"("a\x0ab\x09c\x0d")");
  BOOST_TEST(shown(std::string_view{"a\0b", 3}) == R"("a\x00b")");
  BOOST_TEST(shown("a\x1b[31m") == R"("a\x1b[31m")");
  BOOST_TEST(shown("a\xFF") == R"("a\xff")");
  BOOST_TEST(shown(std::string(10'000, 'x')).size() < 2'100U);
}

// -- levels and sinks ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(levels_filter_what_is_written) {
  const auto lines_at = [this](const std::string& level) {
    fs::remove(file());
    const auto log = open(level);
    ec::log_store_back(*log, 1ms);                               // info
    ec::log_lapsed(*log, stream("a-1"), "");                     // warning
    ec::log_restarted(*log, "eventcore.stream", "an exception"); // error
    return std::ranges::count(text(), '\n');
  };
  BOOST_TEST(lines_at("trace") == 3);
  BOOST_TEST(lines_at("debug") == 3);
  BOOST_TEST(lines_at("info") == 3);
  BOOST_TEST(lines_at("warn") == 2);
  BOOST_TEST(lines_at("error") == 1);
  BOOST_TEST(lines_at("off") == 0);
}

BOOST_AUTO_TEST_CASE(a_file_is_written_at_once_and_appended_to) {
  const auto log = open();
  ec::log_store_back(*log, 1ms);
  BOOST_TEST(std::ranges::count(text(), '\n') == 1);
  ec::log_store_back(*open(), 1ms);
  BOOST_TEST(std::ranges::count(text(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(lines_of_several_threads_do_not_mix) {
  const auto log = open();
  {
    std::vector<std::jthread> writing;
    for (int t = 0; t < 4; ++t)
      writing.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          ec::log_restarted(*log, "eventcore.stream", std::string(200, 'x'));
      });
  }
  const auto written = text();
  const auto end = " actor=eventcore.stream why=" + std::string(200, 'x') + "\n";
  std::size_t whole = 0;
  for (auto at = written.find(end); at != std::string::npos; at = written.find(end, at + 1))
    ++whole;
  BOOST_TEST(whole == 2000U);
  BOOST_TEST(std::ranges::count(written, '\n') == 2000);
}

BOOST_AUTO_TEST_CASE(standard_output_and_error_are_sinks) {
  for (auto* const standard : {stdout, stderr}) {
    fs::remove(file());
    std::fflush(standard);
    const int number = fileno(standard);
    const int saved = dup(number);
    const int to = ::open(file().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (saved < 0 || to < 0 || dup2(to, number) < 0)
      throw std::runtime_error{"the test cannot redirect its output"};
    ec::log_store_back(*ec::unwrap(make(number == 1 ? "stdout" : "stderr")), 1ms);
    dup2(saved, number);
    close(saved);
    close(to);
    BOOST_TEST(text().ends_with("store available again away_ms=1.000\n"));
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_a_clear_failure) {
  const auto path = (directory / "none" / "x.log").string();
  BOOST_TEST(refusal(path)
             == fmt::format("invalid_argument: eventcore.log.sink is '{}', a file that cannot be "
                            "opened for writing: No such file or directory; write stderr, stdout, "
                            "or the path of a file in a directory that exists",
                            path));
  BOOST_TEST(!fs::exists(directory / "none"));
  BOOST_TEST(refusal(directory).contains("Is a directory"));
  open();
  BOOST_TEST(refusal(file() / "x.log").contains("Not a directory"));
  BOOST_TEST(refusal("").starts_with("invalid_argument: eventcore.log.sink is '', "));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_survived) {
  const auto log = ec::unwrap(make("/dev/full"));
  log->set_error_handler([](const std::string&) {}); // instead of the console
  ec::log_store_back(*log, 1ms);
  ec::log_store_back(*log, 1ms);
}

BOOST_AUTO_TEST_CASE(an_unknown_level_is_a_clear_failure) {
  BOOST_TEST(refusal("stderr", "verbose")
             == "invalid_argument: eventcore.log.level is 'verbose'; write trace, debug, info, "
                "warn, error or off");
}

BOOST_AUTO_TEST_SUITE_END()
