#pragma once

#include "plan.hpp"

#include <eventcore/event_store.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace harness {

/// Where the runs keep their logs.
class backend {
public:
  virtual ~backend() = default;

  /// A new, empty store for the next run.
  virtual auto open_empty() -> std::shared_ptr<eventcore::event_store> = 0;

  /// What is left of it when the program has ended: by a fresh connection, if there is one.
  virtual auto open_again(std::shared_ptr<eventcore::event_store> used)
    -> std::shared_ptr<eventcore::event_store> = 0;

  /// Whether its leases end by the simulated time.
  virtual auto knows_simulated_time() const -> bool { return false; }
};

class memory_backend final : public backend {
public:
  auto knows_simulated_time() const -> bool override { return true; }
  auto open_empty() -> std::shared_ptr<eventcore::event_store> override;
  auto open_again(std::shared_ptr<eventcore::event_store> used)
    -> std::shared_ptr<eventcore::event_store> override;
};

/// SQLite files in a folder of this process that is kept in memory, if the machine has one.
class sqlite_backend final : public backend {
public:
  sqlite_backend();
  ~sqlite_backend() override;
  auto knows_simulated_time() const -> bool override { return true; }

  auto open_empty() -> std::shared_ptr<eventcore::event_store> override;
  auto open_again(std::shared_ptr<eventcore::event_store> used)
    -> std::shared_ptr<eventcore::event_store> override;

private:
  auto file() const -> std::filesystem::path;

  std::filesystem::path folder_;
  std::uint64_t number_ = 0;
};

/// The time of the world that runs, and nothing when there is none.
auto simulated_time() -> std::function<eventcore::timestamp()>&;

/// The bounds of all stores here.
auto store_bounds() -> eventcore::limits;

/// What one seed came to.
struct verdict {
  std::vector<std::string> wrong; ///< none: all promises were kept
  std::uint64_t fingerprint = 0;
  std::uint64_t steps = 0;
  std::map<std::string, std::uint64_t> counts; ///< how often what happened
};

/// Runs one seed. With `trace`, writes down each step. The same seed does the same on the same backend.
auto run(std::uint64_t seed, backend& on, std::vector<std::string>* trace = nullptr) -> verdict;

/// What is wrong with a seed, and the last steps of its run, for people.
auto report(std::uint64_t seed, backend& on, std::size_t last_lines) -> std::string;

} // namespace harness
