#include "eventcore/detail/stream_selection.hpp"

#include "eventcore/detail/utf8.hpp"

namespace eventcore::detail {

namespace {

auto filter_of(const stream_query& query) -> event_filter {
  return {.kinds = query.kinds, .prefix = query.prefix, .glob = query.glob, .types = {}};
}

} // namespace

auto validate(const stream_query& query) -> result<> {
  if (!is_utf8(query.after) || query.after.find('\0') != std::string::npos)
    return fail(errc::invalid_argument,
                "the stream after which a list goes on must be valid UTF-8 without NUL");
  return eventcore::validate(read_log{.filter = filter_of(query)});
}

auto fits(const stream_query& query, std::string_view stream) -> bool {
  return stream > query.after && eventcore::fits(filter_of(query), stream, {});
}

} // namespace eventcore::detail
