#pragma once

#include <eventcore/testing/postgres_server.hpp>

#include <filesystem>
#include <memory>

// The PostgreSQL server of a test program.
namespace postgres_tests {

/// One for all tests of a program, in memory where there is a file system for that: what counts is not the
/// disk.
inline auto server() -> eventcore::testing::postgres_server& {
  using eventcore::testing::postgres_server;
  static const auto started = [] {
    postgres_server::options how;
    if (const std::filesystem::path memory{"/dev/shm"}; std::filesystem::exists(memory))
      how.parent = memory;
    return eventcore::unwrap(postgres_server::start(how));
  }();
  return *started;
}

} // namespace postgres_tests
