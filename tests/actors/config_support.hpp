#pragma once

#include <eventcore/actors/config.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/atom.hpp>
#include <caf/message.hpp>
#include <caf/timespan.hpp>

// What the tests of the configuration share.

using arguments = std::vector<std::string>;

/// A program with options of its own, bound to members.
struct bank_config : eventcore::system_config {
  bank_config() {
    opt_group{custom_options_, "global"}.add(city, "city,c", "of the bank");
    opt_group{custom_options_, "bank"}.add(name, "name", "of the bank");
    opt_group{custom_options_, "bank.accounts"}.add(most, "most", "accounts");
  }

  std::string city = "Brno";
  std::string name = "home";
  std::size_t most = 10;
};

/// A program that only adds our options to a configuration of its own.
struct foreign_config : caf::actor_system_config {
  foreign_config() {
    eventcore::add_options(custom_options_);
    opt_group{custom_options_, "bank"}.add(name, "name", "of the bank");
  }

  std::string name = "home";
};

/// The text of an error, or that there is none.
inline auto text_of(const caf::error& error) -> std::string {
  return error ? eventcore::text_of(error) : "ok";
}

/// What parsing says about a file's content and a command line.
inline auto outcome(const std::string& file, arguments given = {}) -> std::string {
  bank_config config;
  std::istringstream in{file};
  return text_of(config.parse(std::move(given), in));
}

/// What a configuration holds after parsing, which must succeed.
template <class Config = bank_config>
auto parsed(const std::string& file, const arguments& given = {}) -> Config {
  Config config;
  std::istringstream in{file};
  BOOST_REQUIRE_EQUAL(text_of(config.parse(given, in)), "ok");
  return config;
}

/// The settings after parsing, which must succeed.
template <class Config = bank_config>
auto settings_of(const std::string& file, const arguments& given = {})
  -> eventcore::runtime_settings {
  return eventcore::unwrap(eventcore::read_settings(parsed<Config>(file, given)));
}

inline auto values(const eventcore::runtime_settings& s) {
  return std::tuple{s.store,
                    s.coordinators,
                    s.readers,
                    s.shutdown_deadline,
                    s.commands.max_in_flight,
                    s.commands.max_bytes,
                    s.commands.deadline,
                    s.retry.retries,
                    s.retry.backoff,
                    s.retry.initial,
                    s.retry.cap,
                    s.retry.jitter,
                    s.streams.max_active,
                    s.streams.idle_after,
                    s.streams.max_waiters,
                    s.streams.reservation_deadline,
                    s.log_writer.max_batch,
                    s.log_writer.max_batch_bytes,
                    s.log_writer.max_backoff,
                    s.snapshots.every,
                    s.snapshots.kinds,
                    s.requests.keep,
                    s.postgres.schema,
                    s.postgres.application_name,
                    s.postgres.connections,
                    s.postgres.connect_timeout,
                    s.postgres.lock_timeout,
                    s.postgres.statement_timeout,
                    s.postgres.poll_interval,
                    s.log.level,
                    s.log.sink,
                    s.metrics.enabled,
                    s.metrics.address};
}

/// Whether all settings are equal.
inline auto same(const eventcore::runtime_settings& a, const eventcore::runtime_settings& b)
  -> bool {
  return values(a) == values(b);
}

/// Makes an empty directory the working directory.
class working_directory {
public:
  working_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "eventcore-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no directory for the test's files: " + pattern};
    std::filesystem::current_path(pattern);
  }

  working_directory(const working_directory&) = delete;
  auto operator=(const working_directory&) -> working_directory& = delete;

  ~working_directory() {
    std::error_code ignored;
    const auto mine = std::filesystem::current_path(ignored);
    std::filesystem::current_path(before_, ignored);
    std::filesystem::remove_all(mine, ignored);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{name} << text;
  }

private:
  std::filesystem::path before_ = std::filesystem::current_path();
};
