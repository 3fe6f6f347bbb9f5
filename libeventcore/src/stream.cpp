#include "eventcore/stream.hpp"

#include "eventcore/detail/printable.hpp"

#include <fmt/format.h>

namespace eventcore::detail {

auto make_stream_id(std::string_view kind, std::string_view key) -> result<stream_id> {
  auto checked = stream_id::of(key);
  if (!checked)
    return fail(errc::invalid_argument, fmt::format("'{}' cannot name a stream of kind '{}': {}",
                                                    printable(key), kind, checked.error().detail));
  return stream_id::of(fmt::format("{}-{}", kind, checked->text()));
}

auto check_kind(std::string_view kind, const stream_id& id) -> result<> {
  if (id.kind() != kind)
    return fail(
      errc::invalid_argument,
      fmt::format("stream '{}' is not of kind '{}'; the id of such a stream begins with '{}-'", id,
                  kind, kind));
  return {};
}

} // namespace eventcore::detail
