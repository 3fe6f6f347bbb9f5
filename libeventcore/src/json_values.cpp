#include "eventcore/json.hpp"

#include <fmt/format.h>

namespace eventcore {

auto detail::read_uuid(json_reader& in, uuid_bytes& bytes) -> bool {
  const auto* where = in.mark();
  std::string_view text;
  if (!in.read_text(text))
    return false;
  const auto parsed = parse_uuid(text);
  if (!parsed)
    return in.expected("a UUID", where);
  bytes = *parsed;
  return true;
}

void json_format<stream_id>::write(json_writer& out, const stream_id& value) {
  if (!value.is_named())
    out.defect("the stream id is unnamed");
  out.string(value.text());
}

auto json_format<stream_id>::read(json_reader& in, stream_id& value) -> bool {
  const auto* where = in.mark();
  std::string_view text;
  if (!in.read_text(text))
    return false;
  if (const auto problem = stream_text_problem(text); !problem.empty())
    return in.expected(fmt::format("a stream id ({})", problem), where);
  value = stream_id::trusted(std::string{text});
  return true;
}

} // namespace eventcore
