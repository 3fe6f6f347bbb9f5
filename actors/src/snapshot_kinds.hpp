#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventcore {

/// Reads `account=200, order=0`: names of kinds and numbers of events. Nothing when it is something
/// else, or names a kind twice.
auto parse_snapshot_kinds(std::string_view text)
  -> std::optional<std::map<std::string, std::uint64_t, std::less<>>>;

} // namespace eventcore
