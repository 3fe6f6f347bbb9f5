#pragma once

#include "connection.hpp"
#include "trip.hpp"

#include "eventcore/checkpoint.hpp"

#include <optional>
#include <span>
#include <vector>

namespace eventcore::postgres {

/// The checkpoints that one transaction moves, each by a compare-and-set under its lease (R17).
/// Views what it was made of.
class checkpoint_moves {
public:
  /// `now` is the time for leases; without it, the server's.
  checkpoint_moves(std::span<const checkpoint_move> moves, std::optional<timestamp> now);

  /// Adds the statements, in an order that is the same for everybody: leases, then checkpoints, each
  /// by name.
  void add_to(trip& to) const;

  /// Takes their answers. Gives the failure of a move that was refused.
  auto judge(trip& from) -> result<>;

  /// Ends a transaction with a refused move; gives the failure with where the checkpoint stands, if
  /// that is what it is about.
  auto roll_back(connection& on, failure refused) const -> failure;

private:
  std::vector<lease_claim> claims_;
  std::vector<const checkpoint_move*> moves_;
  std::optional<timestamp> now_;
  const checkpoint_move* conflict_ = nullptr;
};

} // namespace eventcore::postgres
