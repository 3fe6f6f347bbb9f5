#pragma once

#include "eventcore/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/json/fwd.hpp>

namespace eventcore {

struct lifted; // in eventcore/upcasting.hpp

/// What an upcaster makes of a stored event.
enum class upcast : std::uint8_t {
  step = 1, ///< the same event in the next version
  split,    ///< any number of events
  drop,     ///< nothing
};

/// Lifts stored events of an older version when they are read; what is stored stays as it is. A kind
/// lists its upcasters:
///
///     static constexpr std::array upcasters{
///       ec::upcaster::step("money_deposited", 1, &add_currency),
///       ec::upcaster::split("transferred", 1, &split_transfer),
///       ec::upcaster::drop("interest_previewed")};
///
/// The functions are pure: equal events give equal results, for ever. One that throws fails the
/// reading with `codec_failed`. They work on the JSON of an event; include `eventcore/upcasting.hpp`
/// to write them. The list is checked when compiling.
///
/// An upcaster under the present name of an event takes what is stored under its former names
/// (`aliases`), too, unless there is one under that name.
struct upcaster {
  using step_function = void (*)(boost::json::object& payload);
  using split_function = std::vector<lifted> (*)(boost::json::object payload);

  std::string_view type;
  std::uint32_t version; ///< that it takes; 0: all
  upcast does;
  step_function stepping = nullptr;
  split_function splitting = nullptr;

  /// Makes version + 1 of version `version`, in place.
  static constexpr auto step(std::string_view type, std::uint32_t version, step_function does)
    -> upcaster {
    return {.type = type, .version = version, .does = upcast::step, .stepping = does};
  }

  static auto step(std::string_view, std::uint32_t, std::nullptr_t) = delete;

  /// Makes any events of the kind of one. Each is in a version that it names and goes through the
  /// upcasters of its own type from there.
  static constexpr auto split(std::string_view type, std::uint32_t version, split_function does)
    -> upcaster {
    return {.type = type, .version = version, .does = upcast::split, .splitting = does};
  }

  static auto split(std::string_view, std::uint32_t, std::nullptr_t) = delete;

  /// Passes over the events of a type that the kind no longer lists.
  static constexpr auto drop(std::string_view type) -> upcaster {
    return {.type = type, .version = 0, .does = upcast::drop};
  }

  /// Passes over the events of one version.
  static constexpr auto drop(std::string_view type, std::uint32_t version) -> upcaster {
    return {.type = type, .version = version, .does = upcast::drop};
  }
};

namespace detail {

template <class Kind>
concept lists_upcasters =
  requires { requires !std::is_member_pointer_v<decltype(&Kind::upcasters)>; };

} // namespace detail

/// The upcasters of a kind: those that it lists as its static member `upcasters`. Specialise it for
/// a kind that cannot be edited:
///
///     template <>
///     inline constexpr std::array<ec::upcaster, 1> ec::upcasters_of<legacy::account>{...};
template <class Kind>
inline constexpr std::array<upcaster, 0> upcasters_of{};

template <detail::lists_upcasters Kind>
inline constexpr const auto& upcasters_of<Kind> = Kind::upcasters;

} // namespace eventcore
