#pragma once

#include "eventcore/actors/runtime.hpp"

#include <caf/typed_actor.hpp>

// The map of the system: who there is, and what each may be sent. `messages.hpp` says what the
// messages mean.
//
//            execute_command, run_command
//                        │
//                   ┌────▼────┐  spawns and replaces all below but the streams
//                   │  node   │
//                   └────┬────┘
//                        │ one of them
//                ┌───────▼───────┐   reserve    ┌────────┐   spawns, retires  ┌────────┐
//                │  coordinator  ├─────────────▶│ router ├───────────────────▶│ stream │
//                │  many commands│◀─────────────┼────────┼── granted ─────────┤        │
//                └───┬───────▲───┘              │        │                    │        │
//             append │       │ appended         │        │◀── load_stream ────┤        │
//                ┌───▼───────┴───┐              └───┬────┘                    │        │
//                │  log writer   │                  │ one of them             │        │
//                │  (a thread)   │              ┌───▼────┐   stream_loaded    │        │
//                └───────────────┘              │ reader ├───────────────────▶│        │
//                                               │(thread)│                    └────────┘
//                                               └────────┘
//
// The node also spawns one projection and one subscription actor (each with a thread) for what is
// run, and the awaiter, which holds answers of commands until projections have seen what they wrote:
//
//     coordinator ── hold_answer ──▶ awaiter ── load_checkpoint ──▶ reader
//                                       ▲  ▲───── checkpoint_loaded ──┘
//       a projection's thread ── passed ┘
//
// and, when requests are not kept for ever, the request keeper (with a thread).
namespace eventcore::actors {

struct run_command;
struct reserve;
struct withdraw;
struct granted;
struct not_granted;
struct submitted;
struct settled;
struct settled_elsewhere;
struct release;
struct load_stream;
struct stream_loaded;
struct append;
struct appended;
struct flush;
struct sweep;
struct wake;
struct retire;
struct retired;
struct partners;
struct coordinator_lost;
struct reader_lost;
struct stream_lost;
struct stop;
struct step;
struct look;
struct hold_answer;
struct passed;
struct load_checkpoint;
struct checkpoint_loaded;
struct host_projection;
struct host_subscription;

/// Spawns and supervises the others; hands each command to a coordinator.
using node_actor = command_actor::extend<
  // A command from outside the actor system.
  caf::reacts_to<run_command>,
  caf::reacts_to<host_projection>, // by whoever runs one, and by itself: replace one that died
  caf::reacts_to<host_subscription>,
  // Ends all actors in order, then itself.
  caf::reacts_to<stop>>;

/// Executes commands, many side by side: it hosts their `execution`s.
using coordinator_actor = command_actor::extend<
  caf::reacts_to<granted>,     // by a stream: it is reserved, here are its states
  caf::reacts_to<appended>,    // by the log writer: what became of some write sets
  caf::reacts_to<run_command>, // by the node
  caf::reacts_to<not_granted>, // by a stream: it cannot be had
  caf::reacts_to<wake>,        // by itself: a command's delay is over
  caf::reacts_to<sweep>,       // by itself: looks for commands past their deadline
  caf::reacts_to<stream_lost>, // by the router: a stream actor died
  caf::reacts_to<partners>>;   // by the node: the router or the log writer is a new one

/// Owns one stream: its states, the right to write it next, and those who wait for that.
using stream_actor =
  caf::typed_actor<caf::reacts_to<reserve>,   // by a coordinator, through the router
                   caf::reacts_to<submitted>, // by the holder: decided; the reservation ends
                   caf::reacts_to<settled>,   // by a coordinator: what became of its write set
                   caf::reacts_to<release>,   // by the holder: not decided; the reservation ends
                   caf::reacts_to<withdraw>,  // by a waiter, through the router
                   caf::reacts_to<stream_loaded>, // by a reader
                   caf::reacts_to<sweep>,         // by itself: looks for a holder past its deadline
                   caf::reacts_to<retire>,        // by the router: go, unless you are needed
                   caf::reacts_to<coordinator_lost>, // by the router
                   caf::reacts_to<reader_lost>>;     // by the router

/// Knows the owner of each stream; spawns it when it is first asked for, and lets it go.
using router_actor =
  caf::typed_actor<caf::reacts_to<reserve>,  // by a coordinator: forwarded to the stream's owner
                   caf::reacts_to<withdraw>, // by a coordinator: forwarded
                   caf::reacts_to<settled_elsewhere>, // by a coordinator: forwarded
                   caf::reacts_to<load_stream>,       // by a stream: forwarded to a reader
                   caf::reacts_to<retired>,           // by a stream: answers `retire`
                   caf::reacts_to<sweep>,             // by itself: looks for streams that idle
                   caf::reacts_to<partners>,          // by the node
                   caf::reacts_to<coordinator_lost>,  // by the node: told to all streams
                   caf::reacts_to<reader_lost>,       // by the node: told to all streams
                   caf::reacts_to<stop>>;             // by the node: end all streams, then yourself

/// The one actor of a node that appends, on a thread of its own: many write sets in one transaction.
using log_writer_actor =
  caf::typed_actor<caf::reacts_to<append>, // by a coordinator
                   caf::reacts_to<flush>>; // by itself: commit what has come by now

/// Reads streams and checkpoints, on a thread of its own.
using reader_actor =
  caf::typed_actor<caf::reacts_to<load_stream>,      // by a stream, through the router
                   caf::reacts_to<load_checkpoint>>; // by the awaiter

/// Forgets old requests, on a thread of its own.
using request_keeper_actor = caf::typed_actor<caf::reacts_to<sweep>>; // by itself

/// Holds the answers of commands that wait for projections.
using awaiter_actor = caf::typed_actor<caf::reacts_to<hold_answer>, // by a coordinator
                                       caf::reacts_to<passed>, // by a projection that runs here
                                       caf::reacts_to<checkpoint_loaded>, // by a reader
                                       caf::reacts_to<sweep>, // by itself: looks for what is due
                                       caf::reacts_to<partners>>; // by the node

/// Runs one projection, on a thread of its own.
using projection_actor =
  caf::typed_actor<caf::reacts_to<step>,  // by itself
                   caf::reacts_to<look>>; // by whoever made a request; by the log writer in tests

/// Reads for one subscriber, on a thread of its own.
using subscription_actor =
  caf::typed_actor<caf::reacts_to<step>,  // by itself
                   caf::reacts_to<look>>; // by whoever made a request; by the log writer in tests

} // namespace eventcore::actors
