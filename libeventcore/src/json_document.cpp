#include "eventcore/detail/json_document.hpp"

#include "eventcore/json.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace eventcore::detail {

namespace {

namespace json = boost::json;

auto read_value(json_reader& in, json::value& value) -> bool;

// Of a text that was found valid and whose number something follows.
auto number_token(const char* at) -> std::string_view {
  return {at, std::strspn(at, "+-.0123456789eE")};
}

auto read_number(json_reader& in, json::value& value) -> bool {
  const auto token = number_token(in.mark());
  double number = 0;
  if (!in.read_number(number))
    return false;
  const auto whole = [&](auto& integer) {
    const auto [end, problem] = std::from_chars(token.begin(), token.end(), integer);
    return problem == std::errc{} && end == token.end();
  };
  std::int64_t small = 0;
  std::uint64_t large = 0;
  value = number;
  if (token == "-0")
    return true; // as an integer it would lose its sign
  if (whole(small))
    value = small;
  else if (whole(large))
    value = large;
  return true;
}

auto read_array(json_reader& in, json::array& array) -> bool {
  if (!in.open_array())
    return false;
  for (std::size_t done = 0;; ++done) {
    if (const auto next = in.next_element(done); next != json_reader::step::item)
      return next == json_reader::step::end;
    if (!read_value(in, array.emplace_back(nullptr)))
      return false;
  }
}

auto read_members(json_reader& in, json::object& object) -> bool {
  if (!in.open_object())
    return false;
  std::string name;
  for (std::size_t done = 0;; ++done) {
    if (const auto next = in.next_member(done); next != json_reader::step::item)
      return next == json_reader::step::end;
    const auto* where = in.mark();
    if (!in.read_string(name))
      return false;
    const auto [at, is_new] = object.emplace(name, nullptr);
    if (!is_new)
      return in.refuse_repeated_key(where);
    if (!in.colon() || !read_value(in, at->value()))
      return false;
  }
}

auto read_value(json_reader& in, json::value& value) -> bool {
  switch (*in.mark()) {
  case '{':
    return read_members(in, value.emplace_object());
  case '[':
    return read_array(in, value.emplace_array());
  case '"': {
    std::string_view text;
    if (!in.read_text(text))
      return false;
    value = json::string_view{text.data(), text.size()};
    return true;
  }
  case 't':
  case 'f':
    return in.read_bool(value.emplace_bool());
  case 'n':
    return in.take_null();
  default:
    return read_number(in, value);
  }
}

void write_value(json_writer& out, const json::value& value);

void write_members(json_writer& out, const json::object& object) {
  out.open_object();
  for (const auto& member : object) {
    out.string(std::string_view{member.key().data(), member.key().size()});
    out.colon();
    write_value(out, member.value());
    out.comma();
  }
  out.close_object();
}

void write_value(json_writer& out, const json::value& value) {
  switch (value.kind()) {
  case json::kind::object:
    return write_members(out, value.get_object());
  case json::kind::array:
    out.open_array();
    for (const auto& element : value.get_array()) {
      write_value(out, element);
      out.comma();
    }
    return out.close_array();
  case json::kind::string:
    return out.string({value.get_string().data(), value.get_string().size()});
  case json::kind::int64:
    return out.integer(value.get_int64());
  case json::kind::uint64:
    return out.integer(value.get_uint64());
  case json::kind::double_:
    return out.number(value.get_double());
  case json::kind::bool_:
    return out.boolean(value.get_bool());
  case json::kind::null:
    return out.null();
  }
}

} // namespace

auto read_document(std::string_view text) -> result<boost::json::object> {
  // What follows looks at bytes without asking whether they are there.
  if (auto valid = validate_json(text); !valid)
    return std::unexpected{std::move(valid.error())};
  json_reader in{text};
  result<json::object> read{std::in_place};
  if (!read_members(in, *read))
    read = std::unexpected{in.take_failure({})};
  return read;
}

auto write_document(const boost::json::object& document, std::string& out) -> result<> {
  json_writer writer{out};
  write_members(writer, document);
  writer.finish();
  if (writer.has_defect())
    return std::unexpected{writer.take_failure({})};
  return {};
}

auto same_document(const boost::json::object& one, const boost::json::object& other) -> bool {
  return one == other;
}

} // namespace eventcore::detail
