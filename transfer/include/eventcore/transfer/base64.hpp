#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventcore::transfer {

/// Appends `bytes` as base64 (RFC 4648, with padding).
void append_base64(std::string_view bytes, std::string& out);

/// Reads what `append_base64` wrote; nothing when `text` is anything else.
auto read_base64(std::string_view text) -> std::optional<std::string>;

} // namespace eventcore::transfer
