#pragma once

#include "handles.hpp"
#include "submission.hpp"

#include "eventcore/boundary.hpp"
#include "eventcore/view_type.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

// What the actors tell each other. All of it stays inside the process: states, views and handles are
// passed on as they are.
namespace eventcore::actors {

class hosted_projection;
class hosted_subscription;
class reply;

/// Names one attempt of a command at its coordinator; never used twice.
using ticket_number = std::uint64_t;

/// Names one reservation at its stream actor; never used twice.
using grant_number = std::uint64_t;

using steady_time = std::chrono::steady_clock::time_point;

using views = boost::container::small_vector<const view_type*, 2>;
using values = boost::container::small_vector<std::shared_ptr<const void>, 2>;

/// Execute this and tell `answer`.
struct run_command {
  any_command command;
  execute_options options;
  std::shared_ptr<reply> answer;
};

// -- reserving a stream -------------------------------------------------------

/// Reserve the stream for this attempt; or, as its holder, give further views of it.
struct reserve {
  stream_id stream;
  actors::views views;
  ticket_number ticket = 0;
  coordinator_actor from;
  steady_time age{};         ///< when the command began
  grant_number held_as = 0;  ///< not 0: this attempt holds the stream by that grant
  bool only_if_free = false; ///< do not queue: others wait for what this attempt holds
  bool by_age =
    false; ///< queue by age, because the attempt before failed through no fault of its own
};

/// This attempt no longer waits for the stream.
struct withdraw {
  stream_id stream;
  ticket_number ticket = 0;
  coordinator_actor from;
};

/// The stream is reserved. The states are those of `reserve::views`, all at `head`, and may include
/// what is submitted but not durable. They are to be let go of before `submitted` is sent: then the
/// stream goes on without a copy.
struct granted {
  ticket_number ticket = 0;
  grant_number grant = 0;
  stream_actor stream;
  stream_head head;
  actors::values states;
};

/// The stream cannot be had.
struct not_granted {
  ticket_number ticket = 0;
  std::shared_ptr<const failure>
    why; ///< null: it is not free, or no longer held, as it was asked for
};

/// The holder has decided, and its write set was sent to the log writer before this: the reservation
/// ends. The events of the set's stream `index` are folded; they are not durable yet.
struct submitted {
  grant_number grant = 0;
  std::shared_ptr<const submission> decision;
  std::uint32_t index = 0;
};

/// The holder gives the stream back undecided.
struct release {
  grant_number grant = 0;
};

/// What became of a write set that was submitted.
enum class fate : std::uint8_t {
  durable, ///< it is in the log: `head` is what it left of the stream
  refused, ///< it is not; if this stream was not as expected, it was found at `head`
  lost,    ///< it is not, or nobody knows
};

/// To each stream that a write set wrote to, and to all that it read when it was refused.
struct settled {
  commit_id commit{};
  actors::fate fate = fate::durable;
  bool found_elsewhere = false; ///< this very stream was not as expected
  bool cascade = false; ///< only because another of this node's write sets is not in the log
  stream_head head{};
};

/// To the present owner of a stream, which may be another one than that which granted it.
struct settled_elsewhere {
  stream_id stream;
  settled what;
};

// -- loading ------------------------------------------------------------------

/// Read the stream and fold it into these views.
struct load_stream {
  stream_id stream;
  actors::views views;
  std::uint64_t number = 0; ///< given back
  stream_actor to;
};

/// The states in the order of `load_stream::views`.
struct stream_loaded {
  std::uint64_t number = 0;
  result<std::vector<stream_state>> states;
};

// -- appending ----------------------------------------------------------------

/// Commit this with whatever else there is.
struct append {
  std::shared_ptr<submission> decision;
  ticket_number ticket = 0;
  coordinator_actor from;
  bool uncertain = false; ///< an earlier log writer may have written it: look it up first
};

/// What became of write sets of one coordinator. Sent when the transaction's end is known.
struct appended {
  struct outcome {
    ticket_number ticket = 0;
    append_outcome became;
    bool cascade = false; ///< refused only because what it built on is not in the log
  };
  std::vector<outcome> outcomes;
  log_position head{}; ///< the log has reached this
};

struct flush {};

// -- following the log --------------------------------------------------------

/// Go on; only the one with the latest number counts.
struct step {
  std::uint64_t number = 0;
};

/// There may be something to do for who rests.
struct look {};

struct host_projection {
  std::shared_ptr<hosted_projection> what;
  std::uint32_t deaths = 0; ///< of actors that ran it before
};

struct host_subscription {
  std::shared_ptr<hosted_subscription> what;
};

/// Answer this when the projections `done.awaited` have passed its last event, or at the deadline.
struct hold_answer {
  executed done;
  std::chrono::milliseconds patience{};
  std::shared_ptr<reply> answer;
};

/// A projection that runs here has passed what an answer waits for, or cannot be waited for.
struct passed {
  std::uint64_t answer = 0;
  std::size_t index = 0; ///< of the projection
  bool reached = false;
};

/// Load a checkpoint, for answers that wait for what other programs run.
struct load_checkpoint {
  std::string name;
  awaiter_actor to;
};

struct checkpoint_loaded {
  std::string name;
  result<std::optional<checkpoint>> at;
};

// -- timers -------------------------------------------------------------------

struct sweep {};

struct wake {
  ticket_number ticket = 0;
};

// -- coming and going ---------------------------------------------------------

/// Go, unless you are needed. Nothing comes through the router until `retired` is there.
struct retire {};

struct retired {
  stream_id stream;
  bool gone = false; ///< the actor has ended; else it stays
};

/// Who is there by now.
struct partners {
  router_actor router;
  log_writer_actor log_writer;
  std::vector<coordinator_actor> coordinators;
  std::vector<reader_actor> readers;
  awaiter_actor awaiter;
};

/// Nothing more comes from this coordinator.
struct coordinator_lost {
  caf::actor_id id = 0;
};

/// A reader ended; what was asked of it may never be answered.
struct reader_lost {};

/// A stream's actor ended; who waits for the stream must ask again.
struct stream_lost {
  stream_id stream;
};

struct stop {
  std::shared_ptr<std::promise<void>> ended{}; ///< held until all have ended; null: nobody waits
};

} // namespace eventcore::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::run_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::reserve)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::withdraw)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::granted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::not_granted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::submitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::release)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::settled_elsewhere)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::load_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::stream_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::retire)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::retired)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::host_projection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::host_subscription)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::hold_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::passed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::load_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::checkpoint_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::partners)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::coordinator_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::reader_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::stream_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(eventcore::actors::stop)
