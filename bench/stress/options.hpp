#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace stress {

enum class scenario : std::uint8_t {
  contention = 1, ///< deposits on one stream
  throughput,     ///< deposits, each client on a stream of its own
  transfers,      ///< between random accounts
  discovery,      ///< orders that find their stocks while they run
  saturation,     ///< deposits on new streams
  touch,          ///< deposits on many streams, one after the other, in passes
  raw,            ///< no commands: the bare insert
  section,        ///< no commands: the store's own append
  reading,        ///< no commands: a stream and the whole log, beside a bare fetch
  projection,     ///< deposits, and read models of them
  cold,           ///< the first deposit on a long stream, with and without a snapshot
};

/// What the scenario `projection` measures.
enum class measured : std::uint8_t {
  catch_up = 1, ///< a read model in memory, from the log's start
  sql,          ///< one in the store's database
  latency,      ///< from commit to `apply`, with nothing else going on
  load,         ///< commands beside 0, 1 and 10 projections
  sleeper,      ///< the memory under load while a subscriber sleeps
};

enum class store_kind : std::uint8_t { memory = 1, sqlite, postgres };

auto to_string(scenario which) -> std::string_view;
auto to_string(measured which) -> std::string_view;

/// What cannot be right, alone or together; its text is for people.
struct wrong_options : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws `wrong_options`.
auto scenario_named(const std::string& name) -> scenario;
auto measured_named(const std::string& name) -> measured;

/// What the command line asks for.
struct options {
  stress::scenario scenario = scenario::contention;
  std::string store = "memory:";
  bool store_given = false;
  std::size_t concurrency = 20;
  std::optional<std::uint64_t> iterations{};
  std::chrono::nanoseconds duration = std::chrono::seconds{10};
  std::size_t rounds = 3;
  std::size_t accounts = 10;
  std::size_t streams = 1000;
  std::uint64_t preload = 0;
  std::optional<std::uint64_t>
    against{}; ///< as many clients again, on streams of this length, in turn
  std::size_t passes = 2;
  std::uint64_t events = 1'000'000; ///< that reading and projection read; of the stream of cold
  std::size_t processes = 1;        ///< each with `concurrency` clients, or one after the other
  std::vector<measured> only{};     ///< of projection; empty: all that the store can, no sleeper
  std::uint64_t beats = 1000;       ///< commits that a latency is measured with
  std::chrono::nanoseconds sleep = std::chrono::minutes{1};
  bool soak = false;
  std::chrono::nanoseconds sample = std::chrono::seconds{10};
  std::chrono::nanoseconds limit_time = std::chrono::milliseconds{500};
  std::uint64_t seed = 0;
  bool keep = false;
  bool shared = false; ///< with other programs
  bool json = false;
  bool compare = false;

  // Settings of the runtime; its defaults where nothing is given.
  std::optional<std::size_t> max_active{};
  std::optional<std::size_t> max_batch{};
  std::optional<std::size_t> max_in_flight{};
  std::optional<std::size_t> coordinators{};
  std::optional<std::size_t> readers{};
  std::optional<std::size_t> snapshots{};
  std::optional<std::size_t> threads{};
  std::string schema = "eventcore";
  std::size_t connections = 5;

  std::size_t first_client = 0; ///< the number of this process's first client among all

  /// The clients that there are, of whom `concurrency` are at work at once.
  auto clients() const -> std::size_t { return against ? 2 * concurrency : concurrency; }

  /// Whether the scenario `projection` has this part.
  auto measures(measured what) const -> bool;

  auto kind() const -> store_kind;
  auto is_memory() const -> bool { return kind() == store_kind::memory; }
  /// The store's URL for people: without a password.
  auto shown_store() const -> std::string;
  /// The file of a SQLite store.
  auto file() const -> std::filesystem::path;
  /// The folder of that file.
  auto folder() const -> std::filesystem::path;
};

/// The options, or the exit code of a program that has nothing to do: what there was to say is printed.
struct parsed {
  std::optional<options> given{};
  int exit_code = 0;
};

auto parse(int argc, const char* const* argv) -> parsed;

/// Looks at what belongs together. Throws `wrong_options`.
void validate(const options& given);

/// Reads a number with its unit, `ms`, `s`, `min` or `h`; nothing when `text` is none, or not above 0.
auto parse_duration(std::string_view text) -> std::optional<std::chrono::nanoseconds>;

} // namespace stress
