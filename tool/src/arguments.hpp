#pragma once

#include <eventcore/maintenance.hpp>
#include <eventcore/queries.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tool {

namespace ec = eventcore;

/// Which streams are meant: those that fit everything that is given.
struct stream_choice {
  std::vector<std::string> kinds;
  std::string prefix;
  std::string glob;

  /// As a query from the first stream on.
  auto query() const -> ec::stream_query {
    return {.kinds = kinds, .prefix = prefix, .glob = glob};
  }

  /// As a filter of the log.
  auto filter() const -> ec::event_filter {
    return {.kinds = kinds, .prefix = prefix, .glob = glob};
  }
};

/// --kind, --prefix and --glob. `into` must outlive the parsing.
void add_stream_choice(CLI::App& app, stream_choice& into);

/// A text that is not empty, as what a script gives whose variable is not set.
auto add_text(CLI::App& app, const std::string& name, std::string& value, const std::string& text)
  -> CLI::Option*;

/// A whole number of at least `least`. CLI11 reads a negative number into an unsigned one as nothing
/// at all.
auto add_number(CLI::App& app, const std::string& name, std::uint64_t& value,
                const std::string& text, std::uint64_t least = 1) -> CLI::Option*;

/// Any number of such numbers.
auto add_number(CLI::App& app, const std::string& name, std::vector<std::uint64_t>& values,
                const std::string& text, std::uint64_t least = 1) -> CLI::Option*;

/// A duration as `30d`, `12h`, `5min`, `10s`, `500ms`.
auto add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                  const std::string& text) -> CLI::Option*;

inline constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

/// --limit: at most so many of `what`.
auto add_limit(CLI::App& app, std::uint64_t& value, const std::string& what) -> CLI::Option*;

} // namespace tool
