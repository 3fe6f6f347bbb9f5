#pragma once

#include "eventcore/execution.hpp"
#include "eventcore/log_batch.hpp"
#include "eventcore/projection.hpp"
#include "eventcore/projection_options.hpp"
#include "eventcore/projection_status.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace eventcore {

/// The run of one projection as a value that performs nothing: it says what it needs next, its host
/// does that and tells it what came back. Order, retry, checkpoints and what becomes of bad events
/// are decided here, once for all hosts.
///
///     start → load → read → apply ⇄ applied → save → read → ... → await ⇄ head_moved
///                             │ failed                                  done
///                             └→ wait → woke → apply, or park, or past it, or done
///
/// No event is passed over and none is applied out of order. The checkpoint never runs ahead of the
/// effects: it is saved after them (an event may come again after a crash: at least once), or with
/// them, by a host that can do both in one transaction (exactly once). A run that finds no
/// checkpoint resets the projection first, so what an earlier run left half done is not doubled.
/// Not thread-safe; after `done` it takes nothing more.
class projection_run {
public:
  /// Load the projection's checkpoint. Answer with `loaded`.
  struct load {};
  /// Find the commit at this position. Answer with `found`.
  struct find {
    log_position at{};
  };
  /// Empty the projection, so that it begins anew, and forget the checkpoint, which is known to be
  /// `from`. Answer with `performed`.
  struct clear {
    checkpoint from{};
  };
  /// Read this. Answer with `batch`, with what `read_batch` gives.
  struct read {
    batch_query query;
  };
  /// Apply these, valid until the answer, in this order. Answer with `applied`. A host that saves
  /// with the effects saves `reached` with all of them, or the checkpoint of the last one that it
  /// applied.
  struct apply {
    std::span<const recorded_event> events;
    checkpoint from{}; ///< what is reached before them; what is saved, if it is saved with them
    checkpoint reached{};
  };
  /// Move the checkpoint: on, or to where the run was reset to. Answer with `performed`.
  struct save {
    checkpoint from{}; ///< what is kept by now; at position 0 nothing is
    checkpoint reached{};
  };
  /// Lay this aside, durably. Answer with `performed`.
  struct park {
    dead_letter letter;
  };
  /// Let this time pass. Answer with `woke`, or with `requested`.
  struct wait {
    std::chrono::microseconds delay{};
  };
  /// Wait until the log's head is beyond `known`, at the latest for `patience`. Answer with
  /// `head_moved`, whatever the head is, or with `requested`.
  struct await {
    log_position known{};
    std::chrono::milliseconds patience{};
  };
  /// Wait for a request. Answer with `requested`.
  struct paused {};
  /// The run has ended.
  struct done {
    result<> outcome;
  };
  using action =
    std::variant<load, find, clear, read, apply, save, park, wait, await, paused, done>;

  /// What the host can do: save the checkpoint after the effects, or with them.
  enum class saving : std::uint8_t { apart = 1, with_effects = 2 };

  /// `type` must outlive the run; `random` gives numbers uniform in [0, 1).
  projection_run(const projection_type& type, projection_options options,
                 std::function<double()> random, saving how = saving::apart);

  /// Begins. Fails at once, by `done`, when the projection or its options are malformed.
  auto start(const moment& now) -> action;

  // -- answers ----------------------------------------------------------------

  /// A checkpoint that cannot be loaded is a failure, never "there is none".
  auto loaded(result<std::optional<checkpoint>> kept, const moment& now) -> action;
  auto found(result<log_head> at, const moment& now) -> action;
  auto batch(result<log_batch> next, const moment& now) -> action;

  /// A failure of a code that passes (`store_unavailable`, `overloaded`, `timed_out`) is the
  /// store's, and the same events come again. One that no event is to blame for (`lease_lost`,
  /// `log_rewound`, `shutting_down`, `store_corrupt`, `schema_mismatch`, `read_only`) ends the run.
  /// `version_conflict` says that somebody else moved the checkpoint: it is loaded anew. Any other
  /// is that of the event.
  auto applied(applied_events outcome, const moment& now) -> action;
  auto performed(result<> outcome, const moment& now) -> action;
  auto head_moved(result<log_head> head, const moment& now) -> action;
  auto woke(const moment& now) -> action;

  /// Instead of the answer to `wait`, `await` or `paused`: a request was made, look at it now.
  auto requested(const moment& now) -> action;

  // -- requests: followed at the next answer ----------------------------------

  /// Lets what is under way end, saves, and waits for `resume`.
  void pause() { pause_ = true; }
  void resume() { pause_ = false; }

  /// Lets what is under way end, saves, and ends the run. Wins over all other requests.
  void stop();

  /// Goes on after `to`, as if it had come so far and no further: what follows is applied again.
  /// Ends the run with `log_rewound` when the log ends before `to`.
  void reset(log_position to);

  /// Resets the projection and begins at the start of the log. Fails with `invalid_argument` when
  /// the projection has no `reset`.
  auto rebuild() -> result<>;

  /// Loads the checkpoint anew and goes on after it, since it was moved by somebody else.
  void reload();

  /// What was asked for by `reset` or `rebuild`.
  struct asked_reset {
    log_position to{};
    bool rebuilds = false;
  };
  /// One that was not followed to its end yet, for the run that comes after this.
  auto unfinished_reset() const -> std::optional<asked_reset>;

  auto status(const moment& now) const -> projection_status;

  /// Whether it is known where it stands: it has loaded its checkpoint, and no reset is under way.
  auto is_placed() const -> bool {
    return !needs_checkpoint_ && !needs_position_ && !needs_clearing_ && !reset_to_ && !restart_;
  }

private:
  /// How often one thing was tried in vain.
  struct attempts {
    std::uint32_t count = 0;
    std::chrono::steady_clock::time_point first_failed{};
  };
  /// What `performed` answers.
  enum class job : std::uint8_t { none, clearing, saving, moving, parking };

  auto go_on(const moment& now) -> action;
  auto end() -> action;
  auto end_unsaved(failure why) -> action;
  auto begin() -> std::optional<action>;
  auto apply_more() -> action;
  auto read_more(const moment& now) -> action;
  auto save_reached() -> action;
  auto save_what_is_unsaved() -> action;
  auto move_checkpoint(job why, const checkpoint& to) -> action;

  void follow_reset();
  void begin_at(const log_head& at);
  void reach(std::size_t count, const moment& now);
  void pass_event(const moment& now);
  void count_applied(std::size_t count, const moment& now);
  void finish(result<> outcome, bool save_first);

  auto event_failed(failure why, const moment& now) -> action;
  auto store_failed(std::string_view what, failure why, const moment& now) -> action;
  auto delay_after(attempts& failed, const retry_policy& policy, const failure& why,
                   const moment& now) const -> std::optional<std::chrono::microseconds>;
  void tell(const failure& why, projection_trouble::step next, const recorded_event* event,
            const attempts& failed, std::chrono::microseconds delay = {}) const;

  /// Of failures: whether the same may succeed later; whether this run must not go on.
  static auto passes(errc code) -> bool;
  static auto ends_run(errc code) -> bool;
  auto cannot(std::string_view what, failure why) const -> failure;

  auto keeps() const -> bool { return !options_.from; }
  auto is_unsaved() const -> bool { return keeps() && checkpoint_at(reached_) != saved_; }
  auto is_save_due(const moment& now) const -> bool;
  auto is_backing_off(const moment& now) const -> bool;
  auto remaining() const -> std::span<const recorded_event>;
  auto reached_after(std::size_t count) const -> log_head;

  const projection_type& type_;
  const projection_options options_;
  const std::function<double()> random_;
  const saving how_;

  // -- where it stands
  batch_query query_;
  log_head reached_;
  checkpoint saved_;
  log_head head_;
  std::optional<log_position> goal_; // of a run that ends at the head
  log_batch batch_;
  std::size_t next_ = 0;  // of the batch's events
  bool must_read_ = true; // whatever `head_` says

  // -- what comes before the next event
  bool needs_checkpoint_ = false;
  bool begun_ = false;                         // the checkpoint was loaded before
  std::optional<log_position> needs_position_; // of a reset
  std::optional<log_head> restart_;            // it was found; the checkpoint is moved there first
  bool needs_clearing_ = false;
  bool rebuilds_ = false;         // it was asked for, whatever the checkpoint says
  std::optional<failure> letter_; // why the next event is parked
  std::optional<std::chrono::steady_clock::time_point> not_before_;

  // -- requests
  bool pause_ = false;
  std::optional<log_position> reset_to_;
  bool rebuild_ = false;
  std::optional<result<>> ending_;
  bool save_before_end_ = false;

  // -- saving and trying again
  job job_ = job::none;
  std::uint64_t since_save_ = 0; // events
  std::chrono::steady_clock::time_point unsaved_since_{};
  attempts event_attempts_;
  attempts store_attempts_;

  // -- what is told
  bool is_paused_ = false;
  bool is_done_ = false;
  std::uint64_t applied_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t parked_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<failure> last_failure_;
  std::uint64_t lately_ = 0; // events applied since `lately_since_`
  std::chrono::steady_clock::time_point lately_since_{};
  std::optional<double> rate_;
};

} // namespace eventcore
