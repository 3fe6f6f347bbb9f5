#pragma once

#include "batch_reader.hpp"
#include "write_lines.hpp"

#include "eventcore/event_store.hpp"

#include <span>
#include <string>

namespace eventcore::transfer {

/// What earlier imports put into a store, beside the file that the rest comes from: they may have
/// read a damaged file, and found out at its end only.
class known_part {
public:
  /// `reached` is the store's head before this import. The store outlives the object.
  known_part(event_store& store, log_position reached) : store_{store}, reached_{reached} {}

  /// The events of the file's next batch that the store does not hold. Fails with
  /// `invalid_argument` when it holds something else in the place of the others, or another request
  /// under an id of the batch. Payloads that left the store since, or came back, are not compared.
  auto new_events(const batch& next) -> result<std::span<const recorded_event>>;

private:
  auto compare(std::span<const recorded_event> in_file) -> result<>;
  auto compare(std::span<const recorded_request> in_file) -> result<>;
  auto is_same(recorded_event here, const recorded_event& in_file) -> bool;

  event_store& store_;
  log_position reached_;
  std::string last_request_{};
  event_lines lines_{json_form::canonical};
  std::string line_here_{};
  std::string line_in_file_{};
};

} // namespace eventcore::transfer
