#pragma once

#include <string>
#include <string_view>

namespace eventcore::detail {

/// `text` as a message may show it: cut after `most` bytes, with control characters and malformed
/// UTF-8 written as
/// `\xNN`.
auto printable(std::string_view text, std::size_t most = 80) -> std::string;

/// A text that may be or hold a store's URL, for messages: its password is left out.
auto without_password(std::string_view text) -> std::string;

} // namespace eventcore::detail
