#include "eventcore/uuid.hpp"

#include <algorithm>

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace eventcore {

auto uuid_text(const uuid_bytes& bytes) -> std::string {
  boost::uuids::uuid id{};
  std::ranges::copy(bytes, id.begin());
  return boost::uuids::to_string(id);
}

auto parse_uuid(std::string_view text) -> std::optional<uuid_bytes> {
  constexpr std::size_t length = 36;
  if (text.size() != length)
    return std::nullopt;
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9')
      return c - '0';
    if (c >= 'a' && c <= 'f')
      return c - 'a' + 10;
    return -1;
  };
  uuid_bytes bytes{};
  std::size_t filled = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-')
        return std::nullopt;
      continue;
    }
    const auto high = digit(text[i]);
    const auto low = digit(text[++i]);
    if (high < 0 || low < 0)
      return std::nullopt;
    bytes[filled++] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

} // namespace eventcore
