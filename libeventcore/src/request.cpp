#include "eventcore/request.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/detail/utf8.hpp"

#include <cstring>
#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore {

auto request_id::of(std::string_view text) -> result<request_id> {
  constexpr std::size_t longest = 128;
  const auto refuse = [&](std::string_view why) {
    return fail(errc::invalid_argument,
                fmt::format("'{}' cannot be a request id: {}", detail::printable(text), why));
  };
  if (text.empty())
    return refuse("it is empty");
  if (text.size() > longest)
    return refuse(fmt::format("it has {} bytes, at most {} are allowed", text.size(), longest));
  if (text.find('\0') != std::string_view::npos)
    return refuse("it holds a NUL character");
  if (!detail::is_utf8(text))
    return refuse("it is not valid UTF-8");
  return request_id{std::string{text}};
}

auto digest_command(std::string_view name, std::string_view canonical_json) -> command_digest {
  // A name holds no NUL, so the joint is unambiguous.
  std::string text;
  text.reserve(name.size() + 1 + canonical_json.size());
  text += name;
  text += '\0';
  text += canonical_json;
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
  command_digest digest;
  static_assert(sizeof canonical.digest == sizeof digest);
  std::memcpy(digest.data(), canonical.digest, sizeof digest);
  return digest;
}

} // namespace eventcore
