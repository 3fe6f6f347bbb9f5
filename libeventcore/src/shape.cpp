#include "eventcore/shape.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eventcore {

auto to_text(const shape_place& place) -> std::string {
  auto text = place.path.empty() ? place.type : fmt::format("{}: {}", place.path, place.type);
  if (place.optional)
    text += ", optional";
  if (place.has_default)
    text += " = " + place.default_json;
  return text;
}

namespace detail {

void shape_builder::is(std::string type) {
  if (std::exchange(null_too_, false))
    type += " or null";
  places_.push_back({.path = path_,
                     .type = std::move(type),
                     .optional = std::exchange(next_optional_, false),
                     .has_default = std::exchange(next_has_default_, false),
                     .default_json = std::exchange(default_json_, {})});
}

void shape_builder::or_null() { null_too_ = true; }

void shape_builder::enter(std::string_view step) {
  lengths_.push_back(path_.size());
  path_ += step;
}

void shape_builder::enter_member(std::string_view name) {
  lengths_.push_back(path_.size());
  if (!path_.empty())
    path_ += '.';
  path_ += name;
}

void shape_builder::leave() {
  path_.resize(lengths_.back());
  lengths_.pop_back();
}

void shape_builder::has_default(std::string json) {
  next_has_default_ = true;
  default_json_ = std::move(json);
}

auto shape_builder::begin_type(const char* mark) -> bool {
  if (const auto outer = std::ranges::find(open_, mark, &open_type::mark); outer != open_.end()) {
    is(outer->path.empty() ? "as the whole" : "as " + outer->path);
    return false;
  }
  open_.push_back({mark, path_});
  return true;
}

auto integer_name(std::size_t bytes, bool is_signed) -> std::string {
  return fmt::format("{}int{}", is_signed ? "" : "u", bytes * 8);
}

auto duration_name(std::intmax_t num, std::intmax_t den) -> std::string {
  return den == 1 ? fmt::format("{} s", num) : fmt::format("{}/{} s", num, den);
}

auto one_of(std::string_view what, std::span<const std::string_view> names) -> std::string {
  return fmt::format("{} {}", what, fmt::join(names, "|"));
}

auto shape_line(std::span<const shape_place> places) -> std::string {
  std::string line;
  for (const auto& place : places)
    line += (line.empty() ? "" : "; ") + to_text(place);
  return line;
}

} // namespace detail

} // namespace eventcore
