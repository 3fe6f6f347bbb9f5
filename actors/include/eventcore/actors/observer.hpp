#pragma once

#include "eventcore/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eventcore {

/// A command has ended.
struct command_ended {
  std::string_view command;     ///< its stable name
  std::optional<errc> failed{}; ///< empty: it succeeded
  bool repeated = false;        ///< its request had been done before
  std::uint32_t attempts = 1;
  std::chrono::nanoseconds took{}; ///< since the runtime took it
};

/// A command is made again.
struct command_retried {
  std::string_view command;
  errc why = errc::version_conflict;
  bool cascade = false; ///< it only followed from another's refusal: counts as no attempt
};

/// A group commit has ended.
struct batch_ended {
  std::size_t write_sets = 0;
  std::size_t events = 0;  ///< that were committed
  std::size_t refused = 0; ///< write sets that an expectation refused
  bool failed = false;     ///< the store could not be used, or its outcome is not known
  std::chrono::nanoseconds took{};
};

/// What became of a snapshot of a stream's state.
enum class snapshot_fate : std::uint8_t {
  saved = 1, ///< it was kept
  ignored,   ///< it was found and not used: another fold made it, or it is damaged
  failed,    ///< it could not be made or saved
};

/// Is told what a runtime does. Called on the threads of its actors, for every command: must be
/// fast, thread-safe, and must not throw. It outlives the runtime.
class observer {
public:
  virtual ~observer() = default;

  virtual void on(const command_ended&) {}
  virtual void on(const command_retried&) {}
  virtual void on(const batch_ended&) {}

  /// A stream was reserved for a command after `waited`.
  virtual void on_reserved(std::chrono::nanoseconds /*waited*/) {}

  /// A reservation ran into its deadline and was taken away.
  virtual void on_lapsed() {}

  /// A snapshot of a stream of this kind was taken or found.
  virtual void on_snapshot(std::string_view /*kind*/, snapshot_fate /*fate*/) {}

  /// An actor of the runtime died and was replaced.
  virtual void on_restarted(std::string_view /*actor*/) {}
};

} // namespace eventcore
