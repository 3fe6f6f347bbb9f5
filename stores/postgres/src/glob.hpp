#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventcore::postgres {

/// The regular expression of PostgreSQL that fits exactly the texts that `glob_matches` says fit
/// `pattern`, a valid one. Nothing when no text fits it.
auto regex_of_glob(std::string_view pattern) -> std::optional<std::string>;

/// The characters that every text begins with that fits `pattern`.
auto literal_prefix(std::string_view pattern) -> std::string_view;

} // namespace eventcore::postgres
