#include "read_lines.hpp"

#include "eventcore/json/scalars.hpp"
#include "eventcore/json/times.hpp"
#include "eventcore/transfer/base64.hpp"

#include <array>
#include <cstring>

namespace eventcore::transfer {

namespace {

/// An event that is being read, and where texts are kept that are not in its line as they are.
struct target {
  recorded_event event{};
  std::pmr::memory_resource* texts = nullptr;
  std::string_view line{};
  int payloads = 0;
  const char* json_at = nullptr; // where the payload begins, when it is JSON

  auto keep(std::string_view text) const -> std::string_view {
    if (text.data() >= line.data() && text.data() < line.data() + line.size())
      return text;
    auto* copy = static_cast<char*>(texts->allocate(std::max<std::size_t>(text.size(), 1), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }
};

auto of(void* object) -> target& { return *static_cast<target*>(object); }

void leave_out(void*) {}

auto read_text(json_reader& in, target& to, std::string_view& value) -> bool {
  if (!in.read_text(value))
    return false;
  value = to.keep(value);
  return true;
}

/// Any value, as it stands in the line.
auto read_raw(json_reader& in, std::string_view& value) -> bool {
  const auto* begin = in.mark();
  if (!in.skip_value())
    return false;
  value = {begin, in.mark()};
  return true;
}

auto read_position(json_reader& in, void* object) -> bool {
  return in.read_integer(of(object).event.position.value);
}

auto read_stream_id(json_reader& in, void* object) -> bool {
  const auto* where = in.mark();
  auto& stream = of(object).event.stream;
  if (!read_text(in, of(object), stream))
    return false;
  const auto problem = stream_text_problem(stream);
  return problem.empty() || in.refuse(std::string{problem}, where);
}

auto read_version(json_reader& in, void* object) -> bool {
  return in.read_integer(of(object).event.version.value);
}

auto read_commit(json_reader& in, void* object) -> bool {
  return json_format<commit_id>::read(in, of(object).event.commit);
}

auto read_id(json_reader& in, void* object) -> bool {
  return json_format<event_id>::read(in, of(object).event.id);
}

auto read_type(json_reader& in, void* object) -> bool {
  const auto* where = in.mark();
  auto& type = of(object).event.type;
  return read_text(in, of(object), type) && (!type.empty() || in.refuse("it is empty", where));
}

auto read_type_version(json_reader& in, void* object) -> bool {
  return in.read_integer(of(object).event.type_version);
}

auto read_time(json_reader& in, void* object) -> bool {
  return json_format<timestamp>::read(in, of(object).event.recorded_at);
}

auto read_metadata(json_reader& in, void* object) -> bool {
  return read_raw(in, of(object).event.metadata_json);
}

auto read_payload(json_reader& in, void* object) -> bool {
  ++of(object).payloads;
  of(object).event.encoding = encoding::json;
  of(object).json_at = in.mark();
  return read_raw(in, of(object).event.payload);
}

auto read_bytes(json_reader& in, void* object) -> bool {
  ++of(object).payloads;
  const auto* where = in.mark();
  std::string_view text;
  if (!in.read_text(text))
    return false;
  const auto bytes = read_base64(text);
  if (!bytes)
    return in.expected("base64", where);
  of(object).event.encoding = encoding::bytes;
  of(object).event.payload = of(object).keep(*bytes);
  return true;
}

auto read_archived(json_reader& in, void* object) -> bool {
  ++of(object).payloads;
  const auto* where = in.mark();
  auto& file = of(object).event.payload;
  of(object).event.encoding = encoding::archived;
  return read_text(in, of(object), file) && (!file.empty() || in.refuse("it is empty", where));
}

constexpr std::array members{
  detail::json_member{R"("position":)", read_position, nullptr},
  detail::json_member{R"("stream":)", read_stream_id, nullptr},
  detail::json_member{R"("version":)", read_version, nullptr},
  detail::json_member{R"("commit":)", read_commit, nullptr},
  detail::json_member{R"("id":)", read_id, nullptr},
  detail::json_member{R"("type":)", read_type, nullptr},
  detail::json_member{R"("type_version":)", read_type_version, nullptr},
  detail::json_member{R"("recorded_at":)", read_time, nullptr},
  detail::json_member{R"("metadata":)", read_metadata, leave_out},
  detail::json_member{R"("payload":)", read_payload, leave_out},
  detail::json_member{R"("payload_base64":)", read_bytes, leave_out},
  detail::json_member{R"("archived":)", read_archived, leave_out},
};

// A payload may be nested as deep as a reader goes, and is one level deeper in its line. Here both are
// read by themselves; the payload is the last member.
auto read_apart(std::string_view line, std::size_t payload_at, std::pmr::memory_resource& texts)
  -> result<recorded_event> {
  const auto tail = line.substr(payload_at);
  json_reader in{tail};
  std::string_view payload;
  if (!read_raw(in, payload))
    return std::unexpected{in.take_failure("")};
  if (tail.substr(payload.size()) != "}")
    return fail(errc::codec_failed, "its payload is not its last member");
  constexpr std::string_view instead = "null}";
  auto* rest = static_cast<char*>(texts.allocate(payload_at + instead.size(), 1));
  std::memcpy(rest, line.data(), payload_at);
  std::memcpy(rest + payload_at, instead.data(), instead.size());
  auto event = read_event({rest, payload_at + instead.size()}, texts);
  if (event)
    event->payload = payload;
  return event;
}

} // namespace

auto read_event(std::string_view line, std::pmr::memory_resource& texts) -> result<recorded_event> {
  target to{.texts = &texts, .line = line};
  json_reader in{line};
  if (!in.read_members(members, &to) || !in.at_end()) {
    auto failed = in.take_failure("");
    if (to.json_at != nullptr && to.event.payload.empty())
      if (auto event = read_apart(line, static_cast<std::size_t>(to.json_at - line.data()), texts))
        return event;
    return std::unexpected{std::move(failed)};
  }
  if (to.payloads != 1)
    return fail(errc::codec_failed,
                "it needs one of the members payload, payload_base64 and archived");
  return to.event;
}

} // namespace eventcore::transfer
