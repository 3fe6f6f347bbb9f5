#pragma once

#include "messages.hpp"
#include "node_context.hpp"
#include "reply.hpp"

#include "eventcore/execution.hpp"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <caf/result.hpp>
#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Hosts the executions of many commands. One command, from its coming to its answer:
///
///     client       coordinator      router / streams        log writer
///       │─ command ─────▶│                 │                     │
///       │                │── reserve(a) ──▶│  streams in order of their ids,
///       │                │◀── granted(a) ──│  the next is asked for when the
///       │                │── reserve(b) ──▶│  one before is granted: no deadlock
///       │                │◀── granted(b) ──│                     │
///       │             decides              │                     │
///       │                │── append ───────┼────────────────────▶│
///       │                │── submitted ───▶│  a, b: the reservations end before the disk is asked
///       │                │◀────────────────┼─── appended ────────│
///       │◀── outcome ────│── settled ─────▶│  a, b               │
///
/// Discovery may find a stream that sorts below one that is held. Waiting for it could close a
/// circle, so it is taken only if it is free; else all is given back and the whole known set is
/// reserved in order. That cannot go on for ever: each round adds a stream to the known set, and the
/// execution bounds the rounds.
class coordinator_state {
public:
  static constexpr const char* name = "eventcore.coordinator";

  explicit coordinator_state(coordinator_actor::pointer ptr) : self{ptr} {}
  ~coordinator_state();

  void begin(router_actor router, log_writer_actor log_writer, shared_context node);

  auto take(execute_command& asked) -> caf::result<executed>;
  void take(run_command& asked);
  void take(granted& reserved);
  void take(const not_granted& refused);
  void take(appended& ended);
  void take(const wake& due);
  void take(const sweep&);
  void take(const stream_lost& lost);
  void take(const partners& now);

private:
  struct held_stream {
    stream_id stream;
    stream_actor owner;
    grant_number grant = 0;
  };

  enum class phase : std::uint8_t { reserving, appending, waiting };

  /// One command.
  struct in_flight {
    std::size_t slot = 0;
    ticket_number ticket = 0; ///< 0: the slot is free
    std::optional<execution> run;
    std::shared_ptr<reply> answer;
    std::chrono::nanoseconds deadline{};
    std::vector<std::string> await{}; ///< projections, see `execute_options`
    std::chrono::milliseconds await_deadline{};
    steady_time began{};
    coordinator_state::phase phase = phase::reserving;
    bool by_age = false; ///< the attempt before was in vain through no fault of this command

    std::vector<wanted_state> wanted; ///< by the execution, in order
    std::vector<stream_state> states; ///< of the first of `wanted`
    steady_time asked{};              ///< when the stream that is waited for was asked for
    boost::container::small_vector<held_stream, 2> held;
    std::shared_ptr<submission> decision;
    std::uint64_t decided_as = 0; ///< the order of decisions
  };

  // -- one command ----------------------------------------------------------

  void perform(in_flight& one, execution::action next);
  auto submit(in_flight& one, execution::append& decided) -> std::optional<execution::action>;
  void finish(in_flight& one, result<executed> outcome);
  void report(const in_flight& one, const result<executed>& outcome) const;

  // -- its streams ----------------------------------------------------------

  void begin_reserving(in_flight& one, std::vector<wanted_state> wanted);
  void reserve_next(in_flight& one);
  void leave_queue_of_stream(in_flight& one);
  void give_back(in_flight& one);
  void leave_queue_of_log_writer(const submission& decision);
  void settle(in_flight& one, const append_outcome& became, bool cascade);

  // -- all commands ---------------------------------------------------------

  auto open(run_command& asked) -> in_flight&;
  auto find(ticket_number ticket) -> in_flight*;
  void renew_ticket(in_flight& one);
  void close(in_flight& one);
  void expire(in_flight& one);
  void append_again();
  void watch_deadlines();
  auto now() const -> moment;

  coordinator_actor::pointer self;
  router_actor router_;
  log_writer_actor log_writer_;
  awaiter_actor awaiter_;
  shared_context node_;
  log_position head_{}; ///< the log has reached this

  std::vector<std::unique_ptr<in_flight>> commands_; ///< by slot
  std::vector<std::size_t> free_;
  ticket_number tickets_ = 0;
  std::uint64_t decisions_ = 0;
  bool watching_ = false; ///< a sweep will come
};

static_assert(!std::is_aggregate_v<coordinator_state>);

auto coordinator(coordinator_actor::stateful_pointer<coordinator_state> self, router_actor router,
                 log_writer_actor log_writer, shared_context node)
  -> coordinator_actor::behavior_type;

} // namespace eventcore::actors
