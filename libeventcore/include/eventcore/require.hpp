#pragma once

#include "eventcore/described.hpp"
#include "eventcore/failure.hpp"
#include "eventcore/json.hpp"
#include "eventcore/type_name.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

namespace eventcore {

namespace detail {

auto formatted_violation(fmt::string_view format, fmt::format_args args) -> failure;
auto typed_violation(std::string_view name, std::string json, std::string message) -> failure;

template <class... Args>
auto violation(fmt::format_string<Args...> format, Args&&... args) -> failure {
  return formatted_violation(format, fmt::make_format_args(args...));
}

template <described Error>
auto violation(const Error& error) -> failure {
  std::string message;
  if constexpr (requires { error.message(); })
    message = error.message();
  return typed_violation(json_name<Error>(), to_json(error), std::move(message));
}

} // namespace detail

template <class T>
auto failure::as() const -> std::optional<T> {
  if (!rule || rule->type != json_name<T>())
    return std::nullopt;
  auto read = from_json<T>(rule->json);
  return read ? std::optional<T>{std::move(*read)} : std::nullopt;
}

} // namespace eventcore

/// A rule of the business: when `condition` is false, the function returns `rule_violated` at once.
/// What follows says why and is not evaluated otherwise: a format (checked when compiling) with its
/// arguments, or one described value of the domain, which the caller gets back by
/// `failure::as<T>()`. A type may say its text by `message()`.
///
///     EVENTCORE_REQUIRE(balance >= cents, "{} holds {}, needs {}", from, balance, cents);
///     EVENTCORE_REQUIRE(left >= wanted, out_of_stock{sku, left});
#define EVENTCORE_REQUIRE(condition, ...)                                                          \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      return ::std::unexpected{::eventcore::detail::violation(__VA_ARGS__)};                       \
  } while (false)
