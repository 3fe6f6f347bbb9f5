#pragma once

#include "eventcore/event_store.hpp"
#include "eventcore/projection.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace eventcore {

/// What an audit of a projection found.
struct audit_report {
  std::uint64_t events = 0; ///< of the log that the projection must have applied
  std::uint64_t missing = 0;
  std::uint64_t doubled = 0;
  std::uint64_t foreign = 0;           ///< applied, but not the projection's, or not in the log
  std::uint64_t out_of_order = 0;      ///< applied after an event of a later position
  std::vector<std::string> problems{}; ///< the first of them, in words

  auto is_clean() const -> bool { return missing + doubled + foreign + out_of_order == 0; }
};

/// Replays the log up to `through` against the record that a projection kept of the positions which
/// it applied, in that order, and says which events it did not apply, or more than once, or should
/// not have. The position of an event that upcasters split is there once for each part that it
/// applies, that of one which they drop is not. Events that were skipped or laid aside as dead
/// letters are missing. Reads the whole log, and holds a few bytes for each position. Fails with the
/// store's failure, and with `log_rewound` when the log ends before `through`.
///
///     ec::audit(store, model, model.applied, ec::unwrap(store.load_checkpoint("balances"))->position)
[[nodiscard]] auto audit(event_store& store, const projection_type& of,
                         std::span<const log_position> applied, log_position through)
  -> result<audit_report>;

/// The same for a projection at hand.
[[nodiscard]] inline auto audit(event_store& store, const any_projection& of,
                                std::span<const log_position> applied, log_position through)
  -> result<audit_report> {
  return audit(store, of.type(), applied, through);
}

} // namespace eventcore
