#pragma once

#include "eventcore/shape_place.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventcore::detail {

/// Stands for a type, by its address.
template <class T>
inline constexpr char type_mark = 0;

/// Collects the places of a type, outer ones first.
class shape_builder {
public:
  /// What stands at the present path.
  void is(std::string type);

  /// Within a list, a map's value or another place that cannot be left out: `null` may stand there.
  void or_null();

  /// Goes on at a place within the present one, by its bracket or the name of a member.
  void enter(std::string_view step);
  void enter_member(std::string_view name);
  void leave();

  /// That the present place may be missing.
  void is_optional() { next_optional_ = true; }
  void has_default(std::string json);

  /// Whether the type is being described further out: then all is said. Else `end_type` follows.
  auto begin_type(const char* mark) -> bool;
  void end_type() { open_.pop_back(); }

  auto take() -> std::vector<shape_place> { return std::move(places_); }

private:
  struct open_type {
    const char* mark;
    std::string path;
  };

  std::vector<shape_place> places_;
  std::vector<open_type> open_;
  std::vector<std::size_t> lengths_; // of the path, before each step
  std::string path_;
  bool next_optional_ = false;
  bool next_has_default_ = false;
  std::string default_json_;
  bool null_too_ = false;
};

auto integer_name(std::size_t bytes, bool is_signed) -> std::string;
auto duration_name(std::intmax_t num, std::intmax_t den) -> std::string;
auto one_of(std::string_view what, std::span<const std::string_view> names) -> std::string;

auto shape_line(std::span<const shape_place> places) -> std::string;

} // namespace eventcore::detail
