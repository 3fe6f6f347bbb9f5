#include "eventcore/detail/view_snapshot.hpp"

#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore::detail {

auto fold_text(int version, std::string_view view, kind_schema events) -> std::string {
  const auto text = fmt::format("{}\n{}", view, stored_schema{{std::move(events)}}.text());
  return fmt::format("{}:{:016x}", version, XXH3_64bits(text.data(), text.size()));
}

} // namespace eventcore::detail
