#pragma once

#include "eventcore/failure.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace eventcore {

/// Names one request of a caller, so that repeating it has no second effect: UTF-8 without NUL, 1
/// to 128 bytes, unique in the store. Callers put a name of their own before it: `orders/29401`.
class request_id {
public:
  /// Fails with `invalid_argument`.
  static auto of(std::string_view text) -> result<request_id>;

  auto text() const -> const std::string& { return text_; }

  friend auto operator<=>(const request_id&, const request_id&) = default;

private:
  explicit request_id(std::string text) : text_{std::move(text)} {}

  std::string text_{};
};

/// Stands for a command's name and content, so that another command under the same request id is
/// noticed.
using command_digest = std::array<std::uint8_t, 16>;

/// The digest of a command's stable name and its canonical JSON: XXH3 with 128 bits, as bytes in
/// its canonical (big-endian) form. It is stored for ever and never changes.
auto digest_command(std::string_view name, std::string_view canonical_json) -> command_digest;

/// A request as a write set carries it.
struct request {
  request_id id;
  command_digest digest{};

  friend auto operator==(const request&, const request&) -> bool = default;
};

} // namespace eventcore

template <>
struct std::hash<eventcore::request_id> {
  auto operator()(const eventcore::request_id& id) const noexcept -> std::size_t {
    return std::hash<std::string>{}(id.text());
  }
};
