#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json/strong_type.hpp"
#include "eventcore/stream_id.hpp"
#include "eventcore/type_name.hpp"

#include <compare>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace eventcore {

/// The list of the events that a stream may hold: `using events = ec::events<deposited,
/// withdrawn>;` in its kind.
template <class... Events>
struct events {};

/// What is said about a kind from outside, for types that cannot be edited; written by
/// `EVENTCORE_STREAM`.
template <class Kind>
struct stream_traits {};

namespace detail {

template <class Kind>
concept has_outer_traits = requires { typename stream_traits<Kind>::events; };

template <class Kind>
concept has_inner_events = requires { typename Kind::events; };

} // namespace detail

/// A type of stream: it names the events that its streams hold.
template <class Kind>
concept stream_kind = detail::has_outer_traits<Kind> || detail::has_inner_events<Kind>;

/// The name of a kind, which begins the ids of its streams: `static constexpr std::string_view
/// kind` of the type, else the type's plain name.
template <class Kind>
consteval auto kind_name() -> std::string_view {
  if constexpr (requires { stream_traits<Kind>::kind; })
    return stream_traits<Kind>::kind;
  else if constexpr (requires {
                       requires std::is_same_v<decltype(&Kind::kind), const std::string_view*>;
                     })
    return Kind::kind;
  else
    return type_name<Kind>();
}

namespace detail {

// Called from a constant expression these stop the compiler, and their names are what it prints.
inline void a_stream_name_must_not_be_empty_or_longer_than_255_characters() {}
inline void
a_stream_name_must_be_utf8_without_spaces_at_its_ends_controls_and_pattern_characters() {}

/// The text of a string literal that is checked while compiling to name a stream of `Kind`.
template <class Kind>
struct literal_key {
  template <std::size_t Size>
  consteval literal_key(const char (&literal)[Size])
      : text{literal, Size - 1} { // implicit: `{"alice"}`
    static_assert(is_kind_name(kind_name<Kind>()),
                  "eventcore: the name of a kind reads [a-z][a-z0-9_]*");
    if (text.empty() || text.size() + kind_name<Kind>().size() + 1 > max_stream_id_length)
      a_stream_name_must_not_be_empty_or_longer_than_255_characters();
    if (!stream_text_problem(text).empty())
      a_stream_name_must_be_utf8_without_spaces_at_its_ends_controls_and_pattern_characters();
  }

  std::string_view text;
};

auto make_stream_id(std::string_view kind, std::string_view key) -> result<stream_id>;
auto check_kind(std::string_view kind, const stream_id& id) -> result<>;

} // namespace detail

/// The id of a stream of a `Kind`, to be read as the view `View`: another fold of the same events,
/// or the kind itself. `ec::stream<account>{"alice"}` is the stream `account-alice`.
/// Default-constructed it is unnamed, which codecs need and every use refuses.
template <class Kind, class View = Kind>
class stream {
public:
  using kind_type = Kind;
  using view_type = View;

  stream() = default;

  /// From a literal, checked when compiling.
  stream(detail::literal_key<Kind> key)
      : id_{stream_id::trusted(std::string{kind_name<Kind>()}.append("-").append(key.text))} {}

  /// From a text that comes at run time, without the kind. Fails with `invalid_argument`.
  static auto of(std::string_view key) -> result<stream> {
    return from(detail::make_stream_id(kind_name<Kind>(), key));
  }

  /// From a whole id. Fails with `invalid_argument` when it is of another kind.
  static auto from_id(stream_id id) -> result<stream> {
    if (auto valid = detail::check_kind(kind_name<Kind>(), id); !valid)
      return std::unexpected{std::move(valid.error())};
    return stream{std::move(id)};
  }

  /// The whole id, kind included.
  auto id() const -> const stream_id& { return id_; }

  /// The id without its kind.
  auto key() const -> std::string_view {
    return id_.is_named() ? std::string_view{id_.text()}.substr(kind_name<Kind>().size() + 1)
                          : std::string_view{};
  }

  /// The same stream, read as another view.
  template <class Other>
  auto as() const -> stream<Kind, Other> {
    return stream<Kind, Other>{id_};
  }

  friend auto operator<=>(const stream&, const stream&) = default;

private:
  template <class, class>
  friend class stream;

  explicit stream(stream_id id) : id_{std::move(id)} {}

  static auto from(result<stream_id> id) -> result<stream> {
    if (!id)
      return std::unexpected{std::move(id.error())};
    return stream{std::move(*id)};
  }

  stream_id id_;
};

/// Any number of streams of one kind, as one member of a command. They may repeat; each is read
/// once.
template <class Kind, class View = Kind>
class streams {
public:
  using kind_type = Kind;
  using view_type = View;

  streams() = default;
  streams(std::initializer_list<stream<Kind, View>> list) : list_{list} {}
  explicit streams(std::vector<stream<Kind, View>> list) : list_{std::move(list)} {}

  void add(stream<Kind, View> one) { list_.push_back(std::move(one)); }

  auto list() const -> const std::vector<stream<Kind, View>>& { return list_; }

  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  auto size() const -> std::size_t { return list_.size(); }

  friend auto operator==(const streams&, const streams&) -> bool = default;

private:
  std::vector<stream<Kind, View>> list_;
};

/// In JSON a stream is the text of its whole id.
template <class Kind, class View>
struct strong_type<stream<Kind, View>> {
  static auto unwrap(const stream<Kind, View>& value) -> const stream_id& { return value.id(); }
  static auto wrap(stream_id id) -> result<stream<Kind, View>> {
    return stream<Kind, View>::from_id(std::move(id));
  }
};

template <class Kind, class View>
struct strong_type<streams<Kind, View>> {
  using list = std::vector<stream<Kind, View>>;

  static auto unwrap(const streams<Kind, View>& value) -> const list& { return value.list(); }
  static auto wrap(list all) -> streams<Kind, View> { return streams<Kind, View>{std::move(all)}; }
};

} // namespace eventcore

/// Makes a type that cannot be edited a kind: `EVENTCORE_STREAM(legacy::account, "account",
/// deposited, withdrawn)`, at global scope. Its events are folded by free functions
/// `apply(legacy::account&, const deposited&)` beside the type.
#define EVENTCORE_STREAM(TYPE, NAME, ...)                                                          \
  template <>                                                                                      \
  struct eventcore::stream_traits<TYPE> {                                                          \
    static constexpr std::string_view kind = NAME;                                                 \
    using events = ::eventcore::events<__VA_ARGS__>;                                               \
  };

template <class Kind, class View>
struct fmt::formatter<eventcore::stream<Kind, View>> : fmt::formatter<eventcore::stream_id> {
  auto format(const eventcore::stream<Kind, View>& stream, fmt::format_context& ctx) const {
    return fmt::formatter<eventcore::stream_id>::format(stream.id(), ctx);
  }
};
