#include "dump.hpp"

#include <string_view>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

auto for_shell(std::string_view word) -> std::string {
  constexpr std::string_view plain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "_-./:@";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos)
    return std::string{word};
  std::string quoted = "'";
  for (const char c : word)
    if (c == '\'')
      quoted += R"('\'')";
    else
      quoted += c;
  return quoted += '\'';
}

} // namespace

// Quoted, the schema's name is no pattern.
auto dump_command(const address& where, const std::filesystem::path& to) -> std::string {
  return fmt::format("pg_dump --format=custom --schema={} --file={} --dbname={}",
                     for_shell(where.quoted_schema()), for_shell(to.native()),
                     for_shell(where.open_conninfo()));
}

} // namespace eventcore::postgres
