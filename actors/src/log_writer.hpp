#pragma once

#include "messages.hpp"
#include "node_context.hpp"

#include <chrono>
#include <deque>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Appends the write sets of a node, in the order they come. What comes while a transaction commits
/// goes into the next one: the busier it is, the more share the wait for the disk.
///
/// Nothing is told before the end of its transaction is known. While the store cannot be used, write
/// sets wait (their coordinators withdraw them at their deadlines). When the end of a transaction is
/// not known, nothing more is submitted until it was looked up.
class log_writer_state {
public:
  static constexpr const char* name = "eventcore.log-writer";

  explicit log_writer_state(log_writer_actor::pointer ptr) : self{ptr} {}

  void begin(shared_context node);

  void take(append& asked);
  void take(const flush&);

private:
  /// Commits that are not in the log though streams may have built on them. Bounded: the oldest are
  /// forgotten, which then counts as an attempt of a command that built on one.
  class uncommitted {
  public:
    void add(const submission& decision);
    auto caused(const refused& refusal) const -> bool;

  private:
    struct hash {
      auto operator()(const commit_id& id) const noexcept -> std::size_t;
    };

    std::unordered_set<commit_id, hash> ids_;
    std::deque<commit_id> in_order_;
  };

  void flush_soon();
  void try_again_later();
  auto look_up() -> bool;
  void probe();
  void drop_withdrawn();
  void put_in_front(std::vector<append>& waiting);
  auto next_batch() -> std::vector<append>;
  void commit(std::vector<append> batch);
  auto append_to_store(write_batch sets) -> std::vector<append_outcome>;
  void tell(const append& asked, append_outcome became);
  void send_outcomes();

  log_writer_actor::pointer self;
  shared_context node_;
  std::deque<append> queue_;
  std::vector<append> uncertain_; ///< whose outcome is looked up before anything else is done
  uncommitted uncommitted_;
  log_position head_{};
  bool flush_comes_ = false;
  std::chrono::milliseconds backoff_{}; ///< before the next try; 0: the store can be used

  struct told_coordinator {
    coordinator_actor who;
    appended what;
  };
  std::vector<told_coordinator> told_; ///< collected until the batch has ended
};

static_assert(!std::is_aggregate_v<log_writer_state>);

auto log_writer(log_writer_actor::stateful_pointer<log_writer_state> self, shared_context node)
  -> log_writer_actor::behavior_type;

} // namespace eventcore::actors
