#include "eventcore/require.hpp"

#include <fmt/format.h>

namespace eventcore::detail {

auto formatted_violation(fmt::string_view format, fmt::format_args args) -> failure {
  return {errc::rule_violated, fmt::vformat(format, args)};
}

auto typed_violation(std::string_view name, std::string json, std::string message) -> failure {
  failure violated{errc::rule_violated,
                   message.empty() ? fmt::format("{} {}", name, json) : std::move(message)};
  violated.rule = {std::string{name}, std::move(json)};
  return violated;
}

} // namespace eventcore::detail
