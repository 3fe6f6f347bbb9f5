#include "stress/postgres_url.hpp"

#include <libpq-fe.h>
#include <map>
#include <memory>

#include <fmt/format.h>

namespace bench {

namespace {

/// What is wrong with it is not asked for: libpq's words may quote the password.
auto parse(std::string_view url) {
  const auto behind = url.substr(url.find(':') + 1);
  const std::string text{behind.starts_with("//") ? url : behind};
  return std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>{
    PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree};
}

void append_encoded(std::string& to, std::string_view value) {
  for (const char c : value)
    if (('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9'))
      to += c;
    else
      to += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

/// What a connection string says; nothing when libpq does not understand it.
auto options_in(std::string_view url) -> std::map<std::string, std::string> {
  const auto all = parse(url);
  std::map<std::string, std::string> given;
  for (const auto* one = all.get(); one != nullptr && one->keyword != nullptr; ++one)
    if (one->val != nullptr)
      given.emplace(one->keyword, one->val);
  return given;
}

} // namespace

auto is_postgres(std::string_view url) -> bool {
  return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

// SOCI takes all other forms apart, and does not put them together again as they were.
auto conninfo_of(std::string_view url) -> std::string {
  std::string text = "postgresql://";
  for (const auto& [key, value] : options_in(url)) {
    text += fmt::format("{}{}=", text.back() == '/' ? '?' : '&', key);
    append_encoded(text, value);
  }
  return text;
}

auto is_understood(std::string_view url) -> bool { return parse(url) != nullptr; }

auto shown_url(std::string_view url) -> std::string {
  if (!is_postgres(url))
    return std::string{url};
  auto given = options_in(url);
  std::string shown = "postgresql://";
  if (const auto& user = given["user"]; !user.empty())
    shown += user + "@";
  shown += given["host"].empty() ? given["hostaddr"] : given["host"];
  if (const auto& port = given["port"]; !port.empty())
    shown += ":" + port;
  return shown + "/" + given["dbname"];
}

} // namespace bench
