#include "json_line.hpp"

#include <eventcore/detail/printable.hpp>
#include <eventcore/json.hpp>

namespace tool {

namespace ec = eventcore;

auto json_line::text(std::string_view name, std::string_view value) -> json_line& {
  std::string quoted;
  if (!ec::append_json_string(value, quoted)) {
    quoted.clear();
    ec::append_json_string(ec::detail::printable(value, std::string_view::npos), quoted);
  }
  return raw(name, quoted);
}

auto json_line::time(std::string_view name, ec::timestamp value) -> json_line& {
  return raw(name, ec::to_json(value));
}

auto json_line::raw(std::string_view name, std::string_view json) -> json_line& {
  if (text_.size() > 1)
    text_ += ',';
  ec::append_json_string(name, text_);
  text_ += ':';
  text_ += json;
  return *this;
}

auto json_line::done() -> std::string { return std::move(text_) + "}"; }

auto time_text(ec::timestamp value) -> std::string {
  const auto quoted = ec::to_json(value);
  return quoted.substr(1, quoted.size() - 2);
}

} // namespace tool
