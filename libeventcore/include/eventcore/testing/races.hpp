#pragma once

#include "eventcore/testing/contract.hpp"

#include <cstddef>

/// Races on a store, for backends of your own and for longer runs than the contract's. Each thread
/// has a connection of its own where the backend can open more than one. In every round all threads
/// read, wait for each other and only then append, so that all of them decide on the same state.
/// What does not hold throws `contract_violation`.
namespace eventcore::testing {

struct race_size {
  std::size_t threads = 4;
  std::size_t rounds = 100;
};

/// All append to one stream. In every round exactly one is committed; the others are told its
/// commit.
void race_for_one_stream(contract_backend& backend, const race_size& size);

/// All read the streams of all and each writes only its own: write skew. In every round exactly one
/// is committed.
void race_by_write_skew(contract_backend& backend, const race_size& size);

/// All do the same request, each on a stream of its own. In every round exactly one is committed;
/// the others are told that it was done, with its positions.
void race_for_one_request(contract_backend& backend, const race_size& size);

} // namespace eventcore::testing
