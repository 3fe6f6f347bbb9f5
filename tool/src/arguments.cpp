#include "arguments.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tool {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t most = 1'000'000'000'000'000'000;

struct unit {
  std::string_view name;
  milliseconds length;
};

constexpr unit units[] = {
  {"ms", milliseconds{1}},      {"s", std::chrono::seconds{1}}, {"min", std::chrono::minutes{1}},
  {"h", std::chrono::hours{1}}, {"d", std::chrono::days{1}},
};

auto parse_duration(std::string_view text) -> std::optional<milliseconds> {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view rest{end, text.data() + text.size()};
  constexpr std::int64_t longest = 1'000'000; // of any unit: 2,700 years at most
  if (error != std::errc{} || count < 0)
    return std::nullopt;
  for (const auto& [name, length] : units)
    if (rest == name && (name == "ms" || count <= longest))
      return count * length;
  return std::nullopt;
}

auto whole_number(std::uint64_t least) -> CLI::Validator {
  const auto problem = [least](const std::string& given) {
    std::uint64_t number = 0;
    const auto* const last = given.data() + given.size();
    const auto [end, error] = std::from_chars(given.data(), last, number);
    return error == std::errc{} && end == last && number >= least && number <= most
             ? std::string{}
             : fmt::format("'{}' is no whole number from {} on", given, least);
  };
  return CLI::Validator{problem, ""};
}

} // namespace

void add_stream_choice(CLI::App& app, stream_choice& into) {
  app.add_option("--kind", into.kinds, "Streams of this kind; may be given several times")
    ->type_name("KIND")
    ->type_size(1)
    ->allow_extra_args(false);
  add_text(app, "--prefix", into.prefix, "Streams whose id begins with these characters")
    ->type_name("TEXT");
  add_text(app, "--glob", into.glob,
           "Streams whose whole id fits this pattern: * any characters, ? one, [a-z] one of a "
           "class, [!a-z] one that is not in it")
    ->type_name("PATTERN");
}

auto add_text(CLI::App& app, const std::string& name, std::string& value, const std::string& text)
  -> CLI::Option* {
  const auto problem = [](const std::string& given) {
    return given.empty() ? std::string{"it is empty"} : std::string{};
  };
  return app.add_option(name, value, text)->check(CLI::Validator{problem, ""});
}

auto add_number(CLI::App& app, const std::string& name, std::uint64_t& value,
                const std::string& text, std::uint64_t least) -> CLI::Option* {
  return app.add_option(name, value, text)->type_name("N")->check(whole_number(least));
}

auto add_number(CLI::App& app, const std::string& name, std::vector<std::uint64_t>& values,
                const std::string& text, std::uint64_t least) -> CLI::Option* {
  return app.add_option(name, values, text)->type_name("N")->check(whole_number(least));
}

auto add_duration(CLI::App& app, const std::string& name, milliseconds& value,
                  const std::string& text) -> CLI::Option* {
  const auto problem = [](const std::string& given) {
    return parse_duration(given)
             ? std::string{}
             : fmt::format("'{}' is no duration: write 30d, 12h, 5min, 10s or 500ms", given);
  };
  return app
    .add_option_function<std::string>(
      name, [&value](const std::string& given) { value = *parse_duration(given); }, text)
    ->type_name("DURATION")
    ->check(CLI::Validator{problem, ""});
}

auto add_limit(CLI::App& app, std::uint64_t& value, const std::string& what) -> CLI::Option* {
  return add_number(app, "--limit", value, fmt::format("At most so many {}", what));
}

} // namespace tool
