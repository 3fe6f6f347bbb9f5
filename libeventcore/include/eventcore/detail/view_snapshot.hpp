#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json.hpp"
#include "eventcore/schema.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace eventcore {

/// How the states of a view are kept in snapshots. Identified by its address.
struct state_format {
  /// Names the view's shape and what made it: a snapshot with another text is not used.
  auto (*fold)() -> std::string;

  /// Appends a state. Fails with `codec_failed`.
  auto (*encode)(const void* state, std::string& out) -> result<>;

  /// Reads a state back. Fails with `codec_failed`.
  auto (*decode)(std::string_view payload) -> result<std::shared_ptr<void>>;

  /// After how many events of a stream a snapshot is to be taken, where the kind says so; 0: never.
  std::uint64_t every = by_policy;

  static constexpr auto by_policy = std::numeric_limits<std::uint64_t>::max();
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

/// `static constexpr std::uint64_t snapshot_every` of a kind.
template <class Kind>
consteval auto snapshot_every() -> std::uint64_t {
  if constexpr (requires { std::uint64_t{Kind::snapshot_every}; })
    return Kind::snapshot_every;
  else
    return state_format::by_policy;
}

/// A codec that keeps states in a way of its own: with `static auto encode_state(const View&,
/// std::string&) -> result<>` and `template <class View> static auto decode_state(std::string_view)
/// -> result<View>`.
template <class Codec, class View>
concept encodes_states = requires(const View& state, std::string& out, std::string_view payload) {
  { Codec::encode_state(state, out) } -> std::same_as<result<>>;
  { Codec::template decode_state<View>(payload) } -> std::same_as<result<View>>;
};

/// What a snapshot's states rest on: the fold's version, the view and its shape, and all events that
/// are read. A program with other events must not step over one that it reads otherwise, or cannot
/// read, by a snapshot of another program.
auto fold_text(int version, std::string_view view, kind_schema events) -> std::string;

template <class Kind, class View>
struct state_functions {
  static constexpr bool by_codec = encodes_states<codec_of<Kind>, View>;

  static auto fold() -> std::string {
    static const auto text = [] {
      // In full: views of one name in two namespaces have one place in the store.
      std::string view{qualified_type_name<View>()};
      if constexpr (by_codec)
        view.append(" as ").append(qualified_type_name<codec_of<Kind>>()).append(" writes it");
      else
        view.append(" ").append(shape_text<View>());
      return fold_text(fold_version<View>(), view, make_kind_schema<Kind>());
    }();
    return text;
  }
  static auto encode(const void* state, std::string& out) -> result<> {
    const auto& view = *static_cast<const View*>(state);
    if constexpr (by_codec)
      return codec_of<Kind>::encode_state(view, out);
    else
      return try_append_json(view, out);
  }
  static auto read(std::string_view payload) -> result<View> {
    if constexpr (by_codec)
      return codec_of<Kind>::template decode_state<View>(payload);
    else
      return from_json<View>(payload);
  }
  static auto decode(std::string_view payload) -> result<std::shared_ptr<void>> {
    auto state = read(payload);
    if (!state)
      return std::unexpected{std::move(state.error())};
    return std::make_shared<View>(std::move(*state));
  }
};

template <class Kind, class View>
inline constexpr state_format state_format_of{.fold = &state_functions<Kind, View>::fold,
                                              .encode = &state_functions<Kind, View>::encode,
                                              .decode = &state_functions<Kind, View>::decode,
                                              .every = snapshot_every<Kind>()};

/// Null when the view has no description, and the kind's codec no way of its own: its states are not
/// kept.
template <class Kind, class View>
consteval auto find_state_format() -> const state_format* {
  if constexpr (encodes_states<codec_of<Kind>, View> || (described<View> && json_codable<View>))
    return &state_format_of<Kind, View>;
  else
    return nullptr;
}

} // namespace detail

} // namespace eventcore
