#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace eventcore {

/// The 16 bytes of a UUID, in network order.
using uuid_bytes = std::array<std::uint8_t, 16>;

/// The canonical text of a UUID: 36 characters, lower case.
auto uuid_text(const uuid_bytes& bytes) -> std::string;

/// Reads the canonical text of a UUID; nothing when `text` is not one.
auto parse_uuid(std::string_view text) -> std::optional<uuid_bytes>;

/// A UUID whose `Tag` says what it identifies, so that one cannot stand for another.
/// Default-constructed it is nil: sixteen zero bytes, "none".
template <class Tag>
struct uuid {
  uuid_bytes bytes{};

  constexpr auto is_nil() const -> bool { return bytes == uuid_bytes{}; }

  /// The canonical text, 36 characters.
  auto text() const -> std::string { return uuid_text(bytes); }

  /// Reads the canonical text; nothing when `text` is not a UUID.
  static auto parse(std::string_view text) -> std::optional<uuid> {
    if (auto parsed = parse_uuid(text))
      return uuid{*parsed};
    return std::nullopt;
  }

  friend auto operator<=>(const uuid&, const uuid&) = default;
};

/// Identifies one decision: the new, random id of a write set. All events that it wrote carry it.
using commit_id = uuid<struct commit_tag>;

/// Identifies one event for ever, in every store (UUIDv7: ordered by time of creation).
using event_id = uuid<struct event_tag>;

/// Ties together all that followed from one cause, over streams, programs and machines.
using correlation_id = uuid<struct correlation_tag>;

} // namespace eventcore

template <class Tag>
struct std::hash<eventcore::uuid<Tag>> {
  auto operator()(const eventcore::uuid<Tag>& id) const noexcept -> std::size_t {
    std::size_t tail;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return tail;
  }
};
