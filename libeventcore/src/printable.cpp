#include "eventcore/detail/printable.hpp"

#include "eventcore/detail/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::detail {

auto printable(std::string_view text, std::size_t most) -> std::string {
  std::string shown;
  while (!text.empty()) {
    if (shown.size() >= most)
      return shown + "...";
    const auto [c, length] = decode_utf8(text);
    if (length == 0 || is_control(c)) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else {
      shown += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return shown;
}

auto without_password(std::string_view text) -> std::string {
  constexpr std::string_view hidden = "***";
  constexpr std::string_view authority = "://";
  constexpr std::string_view keyword = "password=";
  std::string all{text};
  // postgresql://user:password@host: a password may hold colons and, written carelessly, slashes
  if (const auto begin = all.find(authority); begin != std::string::npos) {
    const auto user = begin + authority.size();
    const auto at = all.rfind('@', all.find_first_of(" \t?", user));
    const auto colon = all.find(':', user);
    if (at != std::string::npos && at > user && colon < at)
      all.replace(colon + 1, at - colon - 1, hidden);
  }
  // password=... of a query or a keyword string, which may stand in quotes
  for (auto at = all.find(keyword); at != std::string::npos; at = all.find(keyword, at)) {
    at += keyword.size();
    const bool quoted = at < all.size() && all[at] == '\'';
    const auto end = quoted ? all.find('\'', at + 1) : all.find_first_of(" \t&\"", at);
    const auto last = quoted && end != std::string::npos ? end + 1 : std::min(end, all.size());
    all.replace(at, last - at, hidden);
  }
  return all;
}

} // namespace eventcore::detail
