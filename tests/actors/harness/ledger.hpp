#pragma once

#include "dice.hpp"

#include <eventcore/command.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

// The streams of the simulations. Their states are hash chains over all events, and each event and
// each refusal carries what its decision saw; so the log tells of each decision whether it was taken
// on the true past.
namespace harness {

namespace ec = eventcore;

/// What a decision saw of one stream.
struct sight {
  std::uint32_t stream = 0; ///< its number
  std::uint32_t view = 0;   ///< 0: ledger, 1: tally
  std::uint64_t version = 0;
  std::uint64_t hash = 0;
  std::int64_t balance = 0;

  friend auto operator==(const sight&, const sight&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(sight, (), (stream, view, version, hash, balance))

/// Money came or went.
struct moved {
  std::uint64_t tag = 0; ///< of the command
  std::int64_t cents = 0;
  std::string note;
  std::vector<sight> saw;
};
BOOST_DESCRIBE_STRUCT(moved, (), (tag, cents, note, saw))

/// The stream now leads to another.
struct linked {
  std::uint64_t tag = 0;
  std::uint32_t to = 0;
  std::vector<sight> saw;
};
BOOST_DESCRIBE_STRUCT(linked, (), (tag, to, saw))

inline auto digest(std::uint64_t seed, const std::vector<sight>& saw) -> std::uint64_t {
  for (const auto& one : saw)
    seed = mixed(mixed(seed, one.hash), one.version);
  return seed;
}

inline auto digest(const moved& e) -> std::uint64_t {
  return digest(mixed(e.tag, static_cast<std::uint64_t>(e.cents)), e.saw);
}

inline auto digest(const linked& e) -> std::uint64_t { return digest(mixed(e.tag, e.to), e.saw); }

inline constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

/// The kind of all streams.
struct ledger {
  using events = ec::events<moved, linked>;

  std::uint64_t count = 0;
  std::uint64_t hash = 1;
  std::int64_t balance = 0;
  std::uint32_t link = nowhere;

  void apply(const moved& e) {
    ++count;
    hash = mixed(hash, digest(e));
    balance += e.cents;
  }
  void apply(const linked& e) {
    ++count;
    hash = mixed(hash, digest(e));
    link = e.to;
  }
};
BOOST_DESCRIBE_STRUCT(ledger, (), (count, hash, balance, link))

/// Another fold of the same events.
struct tally {
  std::uint64_t count = 0;
  std::uint64_t hash = 2;
  std::int64_t moves = 0;

  void apply(const moved& e) {
    ++count;
    ++moves;
    hash = mixed(hash, digest(e) + 1);
  }
  void apply(const linked& e) {
    ++count;
    hash = mixed(hash, digest(e) + 1);
  }
};
BOOST_DESCRIBE_STRUCT(tally, (), (count, hash, moves))

inline constexpr std::int64_t unlucky = 13; ///< cents that `fussy` cannot take

/// A view with a bug: it throws.
struct fussy {
  std::uint64_t count = 0;

  void apply(const moved& e) {
    if (e.cents == unlucky)
      throw std::runtime_error{"unlucky"};
    ++count;
  }
  void apply(const linked&) { ++count; }
};

using ledger_id = ec::stream<ledger>;

inline constexpr std::uint32_t most_streams = 6;

/// The stream of that number; numbers are in the order of the ids.
auto stream_of(std::uint32_t number) -> ledger_id;

/// The number of a stream.
auto number_of(std::string_view id) -> std::uint32_t;

template <class View>
auto number_of(const ec::stream<ledger, View>& which) -> std::uint32_t {
  return number_of(which.id().text());
}

inline auto seen(std::uint32_t stream, const ledger& state) -> sight {
  return {stream, 0, state.count, state.hash, state.balance};
}

inline auto seen(std::uint32_t stream, const tally& state) -> sight {
  return {stream, 1, state.count, state.hash, state.moves};
}

template <class View>
auto seen(const ec::stream<ledger, View>& which, const View& state) -> sight {
  return seen(number_of(which), state);
}

} // namespace harness
