#pragma once

#include "actors/support/world.hpp"
#include "support/accounts.hpp"

#include <eventcore/load.hpp>

namespace support {

/// What an account holds by the log.
inline auto balance(world& in, const ec::stream<accounts::account>& of) -> std::int64_t {
  return ec::unwrap(ec::load(in.store->inner(), of)).state.balance;
}

} // namespace support
