#pragma once

#include "statements.hpp"

#include "eventcore/event_store.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace eventcore::postgres {

/// A connection that reads. Every call takes one round trip unless its pages are large, sees one
/// snapshot and leaves nothing open. For one thread at a time. Throws.
class reader {
public:
  /// `largest_payload` is what a payload may have at most, as far as this program knows.
  reader(std::unique_ptr<connection> on, std::size_t largest_payload);

  auto read(std::span<const read_stream> queries) -> std::vector<stream_page>;
  auto read(const read_log& query) -> log_page;
  auto head() -> log_head { return read_log_head(*on_); }

  auto load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>>;
  auto list_checkpoints() -> std::vector<named_checkpoint>;
  auto load_read_model(std::string_view name) -> std::optional<read_model_state>;

  auto on() -> connection& { return *on_; }

private:
  std::unique_ptr<connection> on_;
  std::size_t largest_payload_;
};

} // namespace eventcore::postgres
