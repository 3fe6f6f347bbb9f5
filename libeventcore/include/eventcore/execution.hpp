#pragma once

#include "eventcore/any_command.hpp"
#include "eventcore/ids.hpp"
#include "eventcore/retry_policy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eventcore {

/// How one command is executed.
struct execute_options {
  eventcore::metadata metadata{};      ///< stamped on each event that the command writes
  std::optional<request_id> request{}; ///< makes repeating the command harmless
  retry_policy retry{};
  std::chrono::milliseconds command_deadline{30'000}; ///< from the beginning, retries included

  /// Versions that the caller has seen and decided on (a form on the web). A stream of the command
  /// that is elsewhere fails it with `version_conflict`, without retries.
  std::vector<written_stream> expected{};

  /// Projections that read what the caller wrote: once the command is committed, its answer waits
  /// until they have passed its last event, at the latest for `await_deadline` from the commit. The
  /// command has succeeded either way; `executed::awaited` says what was reached. See
  /// docs/runtime.md.
  std::vector<std::string> await{};
  std::chrono::milliseconds await_deadline{5'000};

  /// Adds to `expected`.
  template <class Kind, class View>
  auto expect(const stream<Kind, View>& stream, stream_version version) -> execute_options& {
    expected.push_back({stream.id(), version});
    return *this;
  }
};

/// A projection that a command's answer waited for.
struct awaited_projection {
  std::string name{};
  bool reached = false; ///< it has passed the command's last event

  friend auto operator==(const awaited_projection&, const awaited_projection&) -> bool = default;
};

/// A command that is done.
struct executed {
  commit_id commit{};
  log_position first{};                  ///< of its first event; 0 when it wrote none
  std::uint64_t count = 0;               ///< how many events it wrote
  std::vector<written_stream> streams{}; ///< the new version of each stream that it wrote to
  std::uint32_t attempts = 1;            ///< how many attempts it took
  bool repeated = false; ///< the request was done before: the members above are the original's,
                         ///< nothing was written
  std::vector<awaited_projection> awaited{}; ///< of `execute_options::await`, in its order
};

/// The time of a step: of the wall clock for events, of the steady clock for deadlines.
struct moment {
  timestamp wall{};
  std::chrono::steady_clock::time_point steady{};
};

/// One command from its first read to its outcome, as a value that performs nothing: it says what
/// it needs next, its host does that and tells it what came back. Retry, discovery and the check of
/// answers are decided here, once for all hosts.
///
///     start → load ⇄ loaded, gave_up → append ⇄ appended → done
///               ▲                          │ refused, or the store failed before its commit
///               └──────── woke ← wait ─────┘
///
/// Every answer that writes nothing (a rule's refusal, an empty decision, a failure in the user's
/// code) rests on states that may never have existed together, so it is appended too, as a write
/// set without events, before it is told. Not thread-safe; after `done` it takes nothing more.
class execution {
public:
  /// Load these states, as of now: all events, in this order (by stream id). Answer with `loaded`
  /// or `load_failed`.
  struct load {
    std::vector<wanted_state> wanted;
  };
  /// Append this. Answer with `appended`, or with `withdrawn` when it was not tried. The execution
  /// holds no states any more.
  struct append {
    std::shared_ptr<const write_set> set;
    std::vector<event_value> values; ///< of each of the set's events, when they are kept
  };
  /// Let this time pass. Answer with `woke`.
  struct wait {
    std::chrono::microseconds delay{};
  };
  /// The command has ended.
  struct done {
    result<executed> outcome;
  };
  using action = std::variant<load, append, wait, done>;

  /// What a host that folds the events which it appends wants: their own values, too.
  enum class keep : std::uint8_t { encoded = 1, values_too = 2 };

  /// `ids` must outlive the execution; `random` gives numbers uniform in [0, 1).
  execution(any_command command, execute_options options, id_source& ids,
            std::function<double()> random, keep kept = keep::encoded);

  /// Begins. Fails at once, by `done`, when the command or its options are malformed.
  auto start(const moment& now) -> action;

  /// The states that the last `load` asked for, in its order. States of one stream have the same
  /// head.
  auto loaded(std::vector<stream_state> states, const moment& now) -> action;
  auto load_failed(failure why, const moment& now) -> action;

  /// What became of the last `append`. A refusal that `cascades` only follows from that of another
  /// write set which this one built on: it counts as no attempt and waits for nothing.
  auto appended(append_outcome outcome, const moment& now, bool cascades = false) -> action;

  auto woke(const moment& now) -> action;

  /// Instead of `loaded`: the host gave up the states that it has given in this attempt, since it
  /// could not get these without. All that is known to be needed is loaded again, in order; this is
  /// no new attempt.
  auto gave_up() -> action;

  /// Instead of `appended`: nothing was tried, for a reason that trying again does not mend now.
  auto withdrawn(failure why) -> action;

  /// How the command ends at its deadline when nothing of it can have been written. `phase` says what it waited for.
  auto expire(std::string_view phase) const -> failure;

  auto command() const -> const any_command& { return command_; }
  auto attempts() const -> std::uint32_t { return attempt_; }

private:
  auto begin_attempt() -> action;
  auto reload() -> action;
  auto next_load() -> action;
  auto go_on(const moment& now) -> action;
  auto discover() -> result<bool>;
  auto decide(const moment& now) -> action;
  auto check_expected() const -> result<>;
  auto submit(std::vector<new_event> events, std::vector<event_value> values, const moment& now)
    -> action;
  auto answer(failure why, const moment& now) -> action;
  auto try_again(failure why, const moment& now, bool cascades) -> action;
  auto find_stale() const -> std::optional<failure>;
  auto finish(failure why) const -> action;
  auto finish(const committed& written, bool repeated) const -> action;

  any_command command_;
  execute_options options_;
  id_source& ids_;
  std::function<double()> random_;
  keep kept_;
  context context_;
  std::optional<request> request_; // with the command's digest
  std::chrono::steady_clock::time_point began_{};

  boundary read_;
  std::uint32_t attempt_ = 1;
  std::uint32_t rounds_ = 0;         // of discovery that found something new, in this attempt
  std::optional<failure> answer_;    // what is told when the append that is under way succeeds
  std::vector<mismatch> conflict_{}; // the last refusal: a reload must reach what it found
};

} // namespace eventcore
