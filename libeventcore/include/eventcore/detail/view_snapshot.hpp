#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json.hpp"
#include "eventcore/shape.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

/// How the states of a view are kept in snapshots. Identified by its address.
struct state_format {
  /// Names the view's shape and what made it: a snapshot with another text is not used.
  auto (*fold)() -> std::string;

  /// Appends a state. Fails with `codec_failed`.
  auto (*encode)(const void* state, std::string& out) -> result<>;

  /// Reads a state back. Fails with `codec_failed`.
  auto (*decode)(std::string_view payload) -> result<std::shared_ptr<void>>;
};

namespace detail {

/// `static constexpr int fold_version` of a view, which its author raises when `apply` changes its
/// meaning; 0 when it has none.
template <class View>
consteval auto fold_version() -> int {
  if constexpr (requires { int{View::fold_version}; })
    return View::fold_version;
  else
    return 0;
}

template <class Kind, class View>
struct state_functions {
  static auto fold() -> std::string {
    return fmt::format("{}:{}", fold_version<View>(), shape_text<View>());
  }
  static auto encode(const void* state, std::string& out) -> result<> {
    return try_append_json(*static_cast<const View*>(state), out);
  }
  static auto decode(std::string_view payload) -> result<std::shared_ptr<void>> {
    auto state = from_json<View>(payload);
    if (!state)
      return std::unexpected{std::move(state.error())};
    return std::make_shared<View>(std::move(*state));
  }
};

template <class Kind, class View>
inline constexpr state_format state_format_of{.fold = &state_functions<Kind, View>::fold,
                                              .encode = &state_functions<Kind, View>::encode,
                                              .decode = &state_functions<Kind, View>::decode};

/// Null when the view has no description: its states are not kept.
template <class Kind, class View>
consteval auto find_state_format() -> const state_format* {
  if constexpr (described<View> && json_codable<View>)
    return &state_format_of<Kind, View>;
  else
    return nullptr;
}

} // namespace detail

} // namespace eventcore
