#include "eventcore/detail/view_snapshot.hpp"

#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore::detail {

auto fold_text(int version, std::string_view shape, const kind_history& history) -> std::string {
  std::string text{shape};
  for (const auto& one : history.upcasters)
    text += fmt::format("\n{} {} {}", one.type, one.version, static_cast<int>(one.does));
  return fmt::format("{}:{:016x}", version, XXH3_64bits(text.data(), text.size()));
}

} // namespace eventcore::detail
