#include "setting.hpp"

#include "eventcore/detail/printable.hpp"

#include <concepts>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/none.hpp>
#include <caf/timespan.hpp>
#include <fmt/format.h>

namespace eventcore::detail {

namespace {

/// How a member of one type is written: its type in the help text, what a message says is
/// expected, and reading it from a configured value (false: the value is something else).
template <class Member>
struct form;

template <>
struct form<bool*> {
  // Not CAF's `boolean`: such an option is a flag, which cannot say false on the command line.
  static constexpr std::string_view type = "true|false";
  static constexpr std::string_view expected = "true or false";

  static auto read(const caf::config_value& value, bool* to) -> bool {
    const auto* found = caf::get_if<bool>(&value);
    if (found != nullptr)
      *to = *found;
    return found != nullptr;
  }
};

template <>
struct form<double*> {
  static constexpr std::string_view type = "number";
  static constexpr std::string_view expected = "a number such as 0.2";

  static auto read(const caf::config_value& value, double* to) -> bool {
    if (const auto* whole = caf::get_if<caf::config_value::integer>(&value))
      *to = static_cast<double>(*whole);
    else if (const auto* found = caf::get_if<double>(&value))
      *to = *found;
    else
      return false;
    return true;
  }
};

template <>
struct form<std::string*> {
  static constexpr std::string_view type = "text";
  static constexpr std::string_view expected = "text in double quotes";

  static auto read(const caf::config_value& value, std::string* to) -> bool {
    const auto* found = caf::get_if<std::string>(&value);
    if (found != nullptr)
      *to = *found;
    return found != nullptr;
  }
};

template <>
struct form<std::size_t*> {
  static constexpr std::string_view type = "count";
  static constexpr std::string_view expected = "a whole number, 0 or more";

  static auto read(const caf::config_value& value, std::size_t* to) -> bool {
    const auto* found = caf::get_if<caf::config_value::integer>(&value);
    if (found == nullptr || *found < 0)
      return false;
    *to = static_cast<std::size_t>(*found);
    return true;
  }
};

template <>
struct form<size_member> {
  static constexpr std::string_view type = "size";
  static constexpr std::string_view expected = "a size such as \"8 MiB\" (bytes, KiB, MiB or GiB)";

  static auto read(const caf::config_value& value, size_member to) -> bool {
    if (caf::holds_alternative<caf::config_value::integer>(value)) // bytes need no quotes
      return form<std::size_t*>::read(value, to.count);
    const auto* text = caf::get_if<std::string>(&value);
    const auto size = text != nullptr ? parse_size(*text) : std::nullopt;
    if (size)
      *to.count = size->count;
    return size.has_value();
  }
};

template <class Duration>
struct form<Duration*> {
  static constexpr std::string_view type = "duration";
  static constexpr std::string_view expected = std::same_as<Duration, std::chrono::milliseconds>
                                                 ? "a duration such as 30s (ms, s, min or h)"
                                                 : "a duration such as 10ms (us, ms, s, min or h)";

  static auto read(const caf::config_value& value, Duration* to) -> bool {
    const auto* found = caf::get_if<caf::timespan>(&value);
    if (found == nullptr || *found % Duration{1} != caf::timespan::zero())
      return false;
    *to = std::chrono::duration_cast<Duration>(*found);
    return true;
  }
};

auto to_value(size_member from) -> caf::config_value {
  const auto quoted = shown(bytes{*from.count});
  return caf::config_value{quoted.substr(1, quoted.size() - 2)};
}

template <class Rep, class Period>
auto to_value(const std::chrono::duration<Rep, Period>* from) -> caf::config_value {
  return caf::config_value{caf::timespan{*from}};
}

template <class T>
auto to_value(const T* from) -> caf::config_value {
  return caf::config_value{*from};
}

/// Reads an option on the command line. What is not understood stays text, for `assign` to refuse
/// with more words than CAF has.
template <class Member>
auto parse(void*, caf::string_view text) -> caf::expected<caf::config_value> {
  if constexpr (!std::same_as<Member, std::string*> && !std::same_as<Member, size_member>)
    if (auto value = caf::config_value::parse(text))
      return value;
  return caf::config_value{std::string{text.begin(), text.end()}};
}

template <class Member>
auto traits_of() -> const caf::config_option::meta_state* {
  static const caf::config_option::meta_state traits{
    .check = [](const caf::config_value&) { return caf::error{}; },
    .store = [](void*, const caf::config_value&) {},
    .get = [](const void*) { return caf::config_value{}; },
    .parse = &parse<Member>,
    .type_name = std::string{form<Member>::type},
  };
  return &traits;
}

auto view(std::string_view text) -> caf::string_view { return {text.data(), text.size()}; }

} // namespace

auto shown(const caf::config_value& value) -> std::string {
  if (const auto* duration = caf::get_if<caf::timespan>(&value))
    return shown(std::chrono::nanoseconds{*duration});
  if (const auto* number = caf::get_if<double>(&value))
    return shown(*number);
  if (const auto* text = caf::get_if<std::string>(&value))
    return shown(std::string_view{*text});
  return printable(to_string(value));
}

auto assign(const setting& to, const caf::config_value& value, runtime_settings& settings)
  -> result<> {
  const auto read = [&]<class Member>(Member member) -> result<> {
    if (form<Member>::read(value, member))
      return {};
    return fail(errc::invalid_argument, fmt::format("{} is {}; it must be {}", to.name,
                                                    shown(value), form<Member>::expected));
  };
  return std::visit(read, to.in(settings));
}

auto value_of(const setting& of, runtime_settings settings) -> caf::config_value {
  return std::visit([](auto member) { return to_value(member); }, of.in(settings));
}

auto make_option(const setting& of) -> caf::config_option {
  runtime_settings defaults;
  const auto* traits =
    std::visit([]<class Member>(Member) { return traits_of<Member>(); }, of.in(defaults));
  const auto dot = of.name.rfind('.');
  const auto about = fmt::format("{} (default: {})", of.about, shown(value_of(of, defaults)));
  return {view(of.name.substr(0, dot)), view(of.name.substr(dot + 1)), view(about), traits};
}

} // namespace eventcore::detail
