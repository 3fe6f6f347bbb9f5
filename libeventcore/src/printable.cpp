#include "eventcore/detail/printable.hpp"

#include "eventcore/detail/utf8.hpp"

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

} // namespace eventcore::detail
