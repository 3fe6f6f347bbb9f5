#include "eventcore/stream_id.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/failure.hpp"

#include <fmt/format.h>

namespace eventcore {

namespace {

auto trim(std::string_view text) -> std::string_view {
  while (!text.empty()) {
    const auto [c, length] = detail::decode_utf8(text);
    if (length == 0 || !detail::is_space(c))
      break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    auto begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
      --begin;
    const auto [c, length] = detail::decode_utf8(text.substr(begin));
    if (length == 0 || !detail::is_space(c))
      break;
    text = text.substr(0, begin);
  }
  return text;
}

} // namespace

auto stream_id::of(std::string_view text) -> result<stream_id> {
  const auto trimmed = trim(text);
  if (const auto problem = stream_text_problem(trimmed); !problem.empty())
    return fail(errc::invalid_argument,
                fmt::format("'{}' cannot name a stream: {}", detail::printable(trimmed), problem));
  return trusted(std::string{trimmed});
}

auto stream_id::kind() const -> std::string_view { return kind_of(text_); }

} // namespace eventcore

auto fmt::formatter<eventcore::stream_id>::format(const eventcore::stream_id& id,
                                                  fmt::format_context& ctx) const
  -> fmt::format_context::iterator {
  return fmt::formatter<fmt::string_view>::format(id.text(), ctx);
}
