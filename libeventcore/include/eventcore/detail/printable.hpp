#pragma once

#include <string>
#include <string_view>

namespace eventcore::detail {

/// `text` as a message may show it: cut after `most` bytes, with control characters and malformed
/// UTF-8 written as
/// `\xNN`.
auto printable(std::string_view text, std::size_t most = 80) -> std::string;

} // namespace eventcore::detail
