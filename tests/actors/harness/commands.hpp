#pragma once

#include "ledger.hpp"

#include <optional>

// What the simulated clients ask for. All write down what they saw before they decide.
namespace harness {

/// A rule's refusal, with what it rests on.
struct refusal {
  std::uint64_t tag = 0;
  std::vector<sight> saw;

  auto message() const -> std::string { return "not with these states"; }
};
BOOST_DESCRIBE_STRUCT(refusal, (), (tag, saw))

/// Writes one event to one stream.
struct deposit {
  ledger_id to;
  std::int64_t cents = 0;
  std::uint64_t tag = 0;
  std::string note{};

  auto handle(const ledger& state, const ec::context& about) const -> ec::result<moved>;
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents, tag, note))

/// Moves money if there is enough; reads a third stream, too.
struct transfer {
  ledger_id from;
  ledger_id to;
  std::optional<ledger_id> third;
  std::int64_t cents = 0;
  std::uint64_t tag = 0;

  auto handle(const ledger& source, const ledger& target, const ledger* read,
              const ec::context& about, ec::emit<transfer>& emit) const -> ec::result<>;
};
BOOST_DESCRIBE_STRUCT(transfer, (), (from, to, third, cents, tag))

/// Looks at many streams. What it sees decides whether it writes, refuses, throws, or has nothing to do.
struct survey {
  ec::streams<ledger> over;
  std::uint64_t mood = 0;
  std::uint64_t tag = 0;

  auto handle(const ec::many<ledger>& states, const ec::context& about,
              ec::emit<survey>& emit) const -> ec::result<>;
};
BOOST_DESCRIBE_STRUCT(survey, (), (over, mood, tag))

/// Reads two views, of one stream or of two, and writes to the first.
struct compare {
  ledger_id one;
  ec::stream<ledger, tally> other;
  std::uint64_t mood = 0;
  std::uint64_t tag = 0;

  auto handle(const ledger& left, const tally& right, const ec::context& about,
              ec::emit<compare>& emit) const -> ec::result<>;
};
BOOST_DESCRIBE_STRUCT(compare, (), (one, other, mood, tag))

/// Makes a stream lead to another.
struct relink {
  ledger_id which;
  std::uint32_t to = 0;
  std::uint64_t tag = 0;

  auto handle(const ledger& state, const ec::context& about) const -> ec::result<linked>;
};
BOOST_DESCRIBE_STRUCT(relink, (), (which, to, tag))

/// Goes where the streams lead to, and reads each under both views.
struct follow {
  ledger_id start;
  std::uint32_t hops = 1;
  std::uint64_t mood = 0;
  std::uint64_t tag = 0;

  auto discover(const ledger& first, const ec::many<ledger>& found,
                const ec::many<ledger, tally>& tallies, const ec::context& about) const
    -> ec::related<ledger, ec::stream<ledger, tally>>;
  auto handle(const ledger& first, const ec::many<ledger>& found,
              const ec::many<ledger, tally>& tallies, const ec::context& about,
              ec::emit<follow>& emit) const -> ec::result<>;
};
BOOST_DESCRIBE_STRUCT(follow, (), (start, hops, mood, tag))

/// Reads a view that throws on some events.
struct peek {
  ec::stream<ledger, fussy> at;
  std::uint64_t tag = 0;

  auto handle(const fussy& state, const ec::context& about, ec::emit<peek>& emit) const
    -> ec::result<>;
};
BOOST_DESCRIBE_STRUCT(peek, (), (at, tag))

} // namespace harness
