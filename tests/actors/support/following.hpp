#pragma once

#include "support/accounts.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/event_info.hpp>
#include <eventcore/forwarding_store.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>

// A runtime on real threads whose log is followed.
namespace following {

namespace ec = eventcore;
using namespace std::chrono_literals;
using namespace accounts;

inline const ec::stream<account> alice{"alice"};

struct in_memory {
  auto open() -> std::shared_ptr<ec::event_store> { return ec::memory::open(); }
};

/// In memory, too, where there is a file system for that.
class in_sqlite {
public:
  in_sqlite() {
    const std::filesystem::path memory{"/dev/shm"};
    auto pattern =
      ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path())
       / "eventcore-following-XXXXXX")
        .string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no folder for the test's database: " + pattern};
    path_ = pattern;
  }
  in_sqlite(const in_sqlite&) = delete;
  auto operator=(const in_sqlite&) -> in_sqlite& = delete;
  ~in_sqlite() {
    std::error_code ignored; // what is left lies in a temporary folder
    std::filesystem::remove_all(path_, ignored);
  }

  /// Another one on the same file.
  auto open() -> std::shared_ptr<ec::event_store> {
    return ec::unwrap(ec::sqlite::open(path_ / "store.db"));
  }

private:
  std::filesystem::path path_;
};

inline auto quiet_settings() -> ec::runtime_settings {
  ec::runtime_settings settings;
  settings.log.level = "off";
  return settings;
}

/// A program with a runtime.
class program {
public:
  explicit program(std::shared_ptr<ec::event_store> on,
                   std::shared_ptr<ec::observer> watching = nullptr)
      : store{std::move(on)},
        runtime{ec::unwrap(ec::runtime::start(system, store, quiet_settings(), watching))} {}

  auto deposit(std::int64_t cents, ec::execute_options options = {}) -> ec::executed {
    return ec::unwrap(runtime.execute_blocking(accounts::deposit{alice, cents}, options));
  }

  auto deposit_many(std::size_t count) -> ec::log_position {
    std::vector<std::future<ec::result<ec::executed>>> all;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(runtime.execute(accounts::deposit{alice, 1}));
    ec::log_position last;
    for (auto& one : all)
      last = std::max(last, ec::unwrap(one.get()).first);
    return last;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  std::shared_ptr<ec::event_store> store;
  ec::runtime runtime;
};

/// What a projection made of the log. Thread-safe.
class board {
public:
  void add(ec::log_position at, std::int64_t cents) {
    const std::lock_guard guard{mutex_};
    positions_.push_back(at.value);
    cents_ += cents;
  }
  void clear() {
    const std::lock_guard guard{mutex_};
    positions_.clear();
    cents_ = 0;
    ++clears_;
  }
  auto cents() const -> std::int64_t {
    const std::lock_guard guard{mutex_};
    return cents_;
  }
  auto clears() const -> int {
    const std::lock_guard guard{mutex_};
    return clears_;
  }
  auto positions() const -> std::vector<std::uint64_t> {
    const std::lock_guard guard{mutex_};
    return positions_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> positions_;
  std::int64_t cents_ = 0;
  int clears_ = 0;
};

/// Sums up all deposits.
struct sums {
  static constexpr std::string_view name = "sums";
  using streams = ec::kinds<account>;

  board seen;
  std::function<ec::result<>(const ec::event_info&)> before; ///< each event

  auto apply(const money_deposited& e, const ec::event_info& about) -> ec::result<> {
    if (before)
      if (auto stopped = before(about); !stopped)
        return stopped;
    seen.add(about.position, e.cents);
    return {};
  }
  void apply(const money_withdrawn& e, const ec::event_info& about) {
    seen.add(about.position, -e.cents);
  }
  void reset() { seen.clear(); }
};

/// The same without a way to begin anew, under another name.
struct notes {
  static constexpr std::string_view name = "notes";
  using streams = ec::kinds<account>;

  board seen;

  void apply(const money_deposited& e, const ec::event_info& about) {
    seen.add(about.position, e.cents);
  }
  void apply(const money_withdrawn&) {}
};

/// 1, 2, ..., count
inline auto first_positions(std::uint64_t count) -> std::vector<std::uint64_t> {
  std::vector<std::uint64_t> all(count);
  for (std::uint64_t i = 0; i < count; ++i)
    all[i] = i + 1;
  return all;
}

inline auto live() -> ec::projection_options { return {.until = ec::run_until::stopped}; }

inline auto live_in_memory() -> ec::projection_options {
  return {.until = ec::run_until::stopped, .from = ec::checkpoint{}};
}

} // namespace following
