#pragma once

#include "eventcore/metadata.hpp"
#include "eventcore/request.hpp"
#include "eventcore/stream_id.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace eventcore {

/// How an event's payload is written.
enum class encoding : std::uint8_t {
  json = 1,     ///< one JSON text, UTF-8, without NUL
  bytes = 2,    ///< anything, the empty payload included
  archived = 3, ///< read only: the payload was moved to an archive and stands for the file's name
};

/// Where a decision found a stream. It is checked against the database when the decision is
/// written.
struct expectation {
  stream_id stream{};
  stream_head head{};

  friend auto operator==(const expectation&, const expectation&) -> bool = default;
};

/// An event that is to be written.
struct new_event {
  std::uint32_t stream = 0; ///< index into the write set's `reads`
  event_id id{};
  std::string type{}; ///< stable name, unique within the stream's kind
  std::uint32_t type_version = 1;
  eventcore::encoding encoding = eventcore::encoding::json;
  std::string payload{};

  friend auto operator==(const new_event&, const new_event&) -> bool = default;
};

/// What a write set is for.
enum class effect : std::uint8_t {
  commit = 1, ///< a success: its request is recorded, even when it has no events
  answer = 2, ///< a decision that writes nothing and is only checked: its request is looked up,
              ///< never recorded
};

/// All that one decision commits, or that one answer rests on: all or nothing.
struct write_set {
  commit_id
    commit; ///< new and random for every decision; only a byte-identical repetition keeps it
  std::vector<expectation> reads{}; ///< every stream that was read, once each, ordered by id
  std::vector<new_event> events{};  ///< in the order they get their positions
  eventcore::metadata metadata{};   ///< stamped on each event
  std::optional<eventcore::request> request{};
  eventcore::effect effect = eventcore::effect::commit;

  friend auto operator==(const write_set&, const write_set&) -> bool = default;
};

/// The bounds that a store puts on one write set.
struct limits {
  std::size_t payload_bytes = 1024 * 1024;
  std::size_t events_per_write_set = 10'000;
  std::size_t streams_per_write_set = 256;
};

/// Checks all of a write set that does not depend on the store's content: ids named, `reads`
/// ordered and without doubles, indexes in range, type names and texts well-formed, payloads valid
/// for their encoding, sizes within `bounds`. Fails with `invalid_argument` and names what is
/// wrong.
auto validate(const write_set& set, const limits& bounds) -> result<>;

/// The new version of a stream that a write set wrote to.
struct written_stream {
  stream_id stream{};
  stream_version version{};

  friend auto operator==(const written_stream&, const written_stream&) -> bool = default;
};

/// A write set that is in the log.
struct committed {
  commit_id commit{};
  log_position first{};    ///< of its first event; 0 when it wrote none
  std::uint64_t count = 0; ///< how many events it wrote: positions first .. first + count - 1
  std::vector<written_stream> streams{};

  friend auto operator==(const committed&, const committed&) -> bool = default;
};

/// The request was done before; nothing was written now. Holds what the original got.
struct duplicate {
  committed original{};

  friend auto operator==(const duplicate&, const duplicate&) -> bool = default;
};

/// At least one stream is not where the write set expected it; nothing of it was written.
struct refused {
  std::vector<mismatch> streams{}; ///< every stream that does not fit

  friend auto operator==(const refused&, const refused&) -> bool = default;
};

/// What became of one write set.
using append_outcome = std::variant<committed, duplicate, refused, failure>;

} // namespace eventcore
