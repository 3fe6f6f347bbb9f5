#pragma once

#include "checksum.hpp"
#include "compression.hpp"
#include "lines.hpp"

#include "eventcore/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace eventcore::transfer {

/// How far an export has come.
struct export_state {
  header head{};
  std::uint64_t events = 0; ///< the last one has this position
  std::uint64_t requests = 0;
  std::string last_request{};
  std::set<std::string, std::less<>> archives{}; ///< that have a line
  bool ended = false;                            ///< the last line is there
  std::uint64_t size = 0;                        ///< of the file, up to here
  checksum sum{};                                ///< of all lines but the last
};

/// What a partial file holds in whole parts and good lines; nothing when it can be begun anew. Fails
/// with `invalid_argument` when it is not the beginning of an export that is packed like this.
auto read_partial(const std::filesystem::path& partial, compression how)
  -> result<std::optional<export_state>>;

} // namespace eventcore::transfer
