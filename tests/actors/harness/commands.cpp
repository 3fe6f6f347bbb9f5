#include "commands.hpp"

#include "notebook.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace harness {

namespace {

/// What a decision does that lets itself be led by what it sees.
enum class whim : std::uint8_t { write, refuse, crash, nothing };

auto whim_of(std::uint64_t mood, const std::vector<sight>& saw) -> whim {
  switch (digest(mood, saw) % 8) {
  case 0:
    return whim::refuse;
  case 1:
    return whim::crash;
  case 2:
    return whim::nothing;
  default:
    return whim::write;
  }
}

auto violation(std::uint64_t tag, const std::vector<sight>& saw) -> std::unexpected<ec::failure> {
  return std::unexpected{ec::detail::violation(refusal{tag, saw})};
}

} // namespace

auto stream_of(std::uint32_t number) -> ledger_id {
  static const std::vector<ledger_id> all{{"a"}, {"aa"}, {"b"}, {"ba"}, {"c"}, {"d"}};
  return all.at(number);
}

auto number_of(std::string_view id) -> std::uint32_t {
  static const std::vector<std::string> all{"ledger-a",  "ledger-aa", "ledger-b",
                                            "ledger-ba", "ledger-c",  "ledger-d"};
  for (std::uint32_t i = 0; i < all.size(); ++i)
    if (all[i] == id)
      return i;
  return nowhere;
}

auto deposit::handle(const ledger& state, const ec::context& about) const -> ec::result<moved> {
  const std::vector saw{seen(to, state)};
  notebook::open().note(about, saw);
  return moved{tag, cents, note, saw};
}

auto transfer::handle(const ledger& source, const ledger& target, const ledger* read,
                      const ec::context& about, ec::emit<transfer>& emit) const -> ec::result<> {
  std::vector saw{seen(from, source), seen(to, target)};
  if (read)
    saw.push_back(seen(*third, *read));
  notebook::open().note(about, saw);
  EVENTCORE_REQUIRE(source.balance >= cents, refusal{tag, saw});
  emit.to(from, moved{tag, -cents, {}, saw});
  emit.to<&transfer::to>(moved{tag, cents, {}, saw});
  return {};
}

auto survey::handle(const ec::many<ledger>& states, const ec::context& about,
                    ec::emit<survey>& emit) const -> ec::result<> {
  std::vector<sight> saw;
  for (const auto& [which, state] : states)
    saw.push_back(seen(which, state));
  notebook::open().note(about, saw);
  switch (whim_of(mood, saw)) {
  case whim::refuse:
    return violation(tag, saw);
  case whim::crash:
    throw std::runtime_error{"the survey does not like what it sees"};
  case whim::nothing:
    return {};
  case whim::write:
    break;
  }
  auto chosen = digest(mood + 1, saw);
  for (const auto& [which, state] : states) {
    if (chosen % 2 == 0)
      emit.to(which, moved{tag, 0, {}, saw});
    chosen /= 2;
  }
  return {};
}

auto compare::handle(const ledger& left, const tally& right, const ec::context& about,
                     ec::emit<compare>& emit) const -> ec::result<> {
  const std::vector saw{seen(one, left), seen(other, right)};
  notebook::open().note(about, saw);
  switch (whim_of(mood, saw)) {
  case whim::refuse:
    return violation(tag, saw);
  case whim::crash:
    throw std::runtime_error{"the two do not compare"};
  case whim::nothing:
    return {};
  case whim::write:
    emit.to(one, moved{tag, 0, {}, saw});
  }
  return {};
}

auto relink::handle(const ledger& state, const ec::context& about) const -> ec::result<linked> {
  const std::vector saw{seen(which, state)};
  notebook::open().note(about, saw);
  return linked{tag, to, saw};
}

namespace {

// The streams on the way, each with its state, as far as they are read.
struct way {
  std::vector<sight> saw;
  std::vector<ledger_id> reached;
  std::optional<ledger_id> ahead; ///< the next, which is not read yet
};

auto walk(const follow& asked, const ledger& first, const ec::many<ledger>& found,
          const ec::many<ledger, tally>& tallies) -> way {
  way gone;
  auto here = asked.start;
  const auto* state = &first;
  for (std::uint32_t hop = 0;; ++hop) {
    gone.reached.push_back(here);
    gone.saw.push_back(seen(here, *state));
    if (const auto* other = tallies.find(here.as<tally>()))
      gone.saw.push_back(seen(here.as<tally>(), *other));
    if (hop == asked.hops || state->link == nowhere)
      return gone;
    here = stream_of(state->link);
    state = here == asked.start ? &first : found.find(here);
    if (!state) {
      gone.ahead = here;
      return gone;
    }
  }
}

} // namespace

auto follow::discover(const ledger& first, const ec::many<ledger>& found,
                      const ec::many<ledger, tally>& tallies, const ec::context& about) const
  -> ec::related<ledger, ec::stream<ledger, tally>> {
  const auto gone = walk(*this, first, found, tallies);
  notebook::open().note(about, gone.saw);
  if (digest(mood + 2, gone.saw) % 32 == 0)
    throw std::runtime_error{"lost the way"};
  ec::related<ledger, ec::stream<ledger, tally>> wanted;
  for (const auto& one : gone.reached) {
    wanted.add(one);
    wanted.add(one.as<tally>());
  }
  if (gone.ahead)
    wanted.add(*gone.ahead);
  return wanted;
}

auto follow::handle(const ledger& first, const ec::many<ledger>& found,
                    const ec::many<ledger, tally>& tallies, const ec::context& about,
                    ec::emit<follow>& emit) const -> ec::result<> {
  const auto gone = walk(*this, first, found, tallies);
  notebook::open().note(about, gone.saw);
  switch (whim_of(mood, gone.saw)) {
  case whim::refuse:
    return violation(tag, gone.saw);
  case whim::crash:
    throw std::runtime_error{"arrived, and does not like it"};
  case whim::nothing:
    return {};
  case whim::write:
    emit.to(gone.reached.back(), moved{tag, 0, {}, gone.saw});
  }
  return {};
}

auto peek::handle(const fussy& state, const ec::context& about, ec::emit<peek>& emit) const
  -> ec::result<> {
  notebook::open().note(about, {});
  if (state.count % 2 == 0)
    emit.to(at, moved{tag, 0, {}, {}});
  return {};
}

} // namespace harness
