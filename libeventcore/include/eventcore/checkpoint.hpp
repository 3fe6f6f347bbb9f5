#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/position.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace eventcore {

/// How far a reader of the log has come: a position and the commit there, so that a log that was
/// replaced by an older one is noticed.
struct checkpoint {
  log_position position{};
  commit_id commit{}; ///< nil at position 0

  friend auto operator==(const checkpoint&, const checkpoint&) -> bool = default;
};

/// A checkpoint that a store keeps.
struct named_checkpoint {
  std::string name{};
  checkpoint at{};

  friend auto operator==(const named_checkpoint&, const named_checkpoint&) -> bool = default;
};

/// Proves who holds a lease: the epoch grows with every new holder, the nonce is random.
struct lease_token {
  std::uint64_t epoch = 0;
  std::uint64_t nonce = 0;

  friend auto operator==(const lease_token&, const lease_token&) -> bool = default;
};

/// The lease that whoever moves a checkpoint must hold at that moment.
struct lease_claim {
  std::string_view name{};
  lease_token token{};
};

/// Moves a checkpoint from where it is known to be: forwards, back, or away.
struct checkpoint_move {
  std::string_view name{};
  checkpoint from{}; ///< what is kept by now; at position 0 nothing is
  checkpoint to{};   ///< what is kept then; at position 0 it is forgotten
  std::optional<lease_claim> under{};
};

/// A transaction of a store's database, handed to code that knows which one it is.
class transaction {
public:
  transaction(const transaction&) = delete;
  auto operator=(const transaction&) -> transaction& = delete;

  virtual ~transaction() = default;

protected:
  transaction() = default;
};

/// What is done within a transaction. A failure of it, or an exception, undoes the transaction.
using transaction_work = std::function<result<>(transaction&)>;

} // namespace eventcore
