#include "address.hpp"

#include "libpq.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/detail/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <ranges>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

using options = std::map<std::string, std::string, std::less<>>;

auto refuse(std::string_view why) -> std::unexpected<failure> {
  return fail(errc::invalid_argument,
              fmt::format("the URL does not name a PostgreSQL store: {}; write "
                          "postgresql://user:password@host:port/database or "
                          "postgresql:host=/run/postgresql dbname=bank",
                          why));
}

// What libpq says against a URL it shows with the parts that it is about, in quotes: any of them
// may hold the password.
auto without_quotes(std::string_view words) -> std::string {
  while (words.ends_with('\n'))
    words.remove_suffix(1);
  const auto first = words.find('"');
  const auto last = words.rfind('"');
  if (first == last)
    return std::string{words};
  return fmt::format("{}\"...\"{}", words.substr(0, first), words.substr(last + 1));
}

void collect(const PQconninfoOption* from, options& to) {
  for (; from && from->keyword; ++from)
    if (from->val)
      to[from->keyword] = from->val;
}

auto value_in(const options& all, std::string_view key) -> std::string {
  const auto found = all.find(key);
  return found == all.end() ? std::string{} : found->second;
}

auto parse(std::string_view url) -> result<options> {
  const auto colon = url.find(':');
  if (const auto scheme = url.substr(0, colon); scheme != "postgresql" && scheme != "postgres")
    return refuse("it does not begin with 'postgresql:'");
  auto text = url;
  if (!url.substr(colon + 1).starts_with("//"))
    text.remove_prefix(colon + 1);
  if (text.find('\0') != std::string_view::npos)
    return refuse("it holds a NUL");
  if (text.find_first_not_of(' ') == std::string_view::npos)
    return refuse("nothing follows the scheme");
  char* error = nullptr;
  const libpq_ptr<PQconninfoOption> parsed{PQconninfoParse(std::string{text}.c_str(), &error)};
  const libpq_ptr<char> words{error};
  if (!parsed)
    return refuse(words ? without_quotes(words.get()) : "out of memory");
  options given;
  collect(parsed.get(), given);
  return given;
}

// What libpq would notice only while connecting, where nothing tells it from a server that is away,
// or never: a password that is not written as URLs ask for spills into what follows it. None of it
// is shown, because it may be the password.
auto check(const options& given, bool is_url) -> result<> {
  for (const auto& part : value_in(given, "port") | std::views::split(',')) {
    const std::string_view text{part.begin(), part.end()};
    int port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (!text.empty()
        && (problem != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535))
      return refuse("its port is no number from 1 to 65535 (a '/' in the password reads %2F)");
  }
  if (is_url && (value_in(given, "host").contains('@') || value_in(given, "dbname").contains('@')))
    return refuse("its host or database holds an '@' (in the password it reads %40, a '/' %2F)");
  constexpr std::string_view modes[] = {"disable", "allow",     "prefer",
                                        "require", "verify-ca", "verify-full"};
  if (const auto mode = value_in(given, "sslmode");
      !mode.empty() && std::ranges::find(modes, mode) == std::end(modes))
    return refuse(fmt::format("its sslmode is none of {}", fmt::join(modes, ", ")));
  return {};
}

auto check(const postgres_settings& settings) -> result<> {
  const auto wrong = [](std::string text) { return fail(errc::invalid_argument, std::move(text)); };
  constexpr std::size_t longest = 63; // what PostgreSQL keeps of a name
  const auto& schema = settings.schema;
  if (schema.empty() || schema.size() > longest || !detail::is_utf8(schema)
      || schema.find('\0') != std::string::npos || schema.starts_with("pg_"))
    return wrong(fmt::format("'{}' cannot be the schema of a store: a name has 1 to 63 bytes of "
                             "UTF-8 and does not begin with pg_",
                             detail::printable(schema)));
  if (settings.connections < 3 || settings.connections > 1000)
    return wrong(fmt::format("a store on PostgreSQL opens 3 to 1000 connections, {} were asked for",
                             settings.connections));
  if (settings.application_name.find('\0') != std::string::npos)
    return wrong("the application's name holds a NUL");
  using std::chrono::milliseconds;
  constexpr milliseconds most{std::numeric_limits<int>::max()};
  const auto fits = [&](milliseconds time, milliseconds least) {
    return least <= time && time <= most;
  };
  if (!fits(settings.connect_timeout, milliseconds{1})
      || !fits(settings.lock_timeout, milliseconds{1})
      || !fits(settings.poll_interval, milliseconds{1})
      || !fits(settings.statement_timeout, milliseconds{0}))
    return wrong("the connect timeout, the lock timeout and the poll interval of PostgreSQL are at "
                 "least 1 ms, the statement timeout is not negative, and none is longer than 24 "
                 "days");
  return {};
}

// libpq counts seconds and takes one for two.
auto whole_seconds(const options& given, std::chrono::milliseconds set) -> std::chrono::seconds {
  const auto own = value_in(given, "connect_timeout");
  int seconds = 0;
  std::from_chars(own.data(), own.data() + own.size(), seconds);
  return std::max(std::chrono::seconds{2}, seconds > 0
                                             ? std::chrono::seconds{seconds}
                                             : std::chrono::ceil<std::chrono::seconds>(set));
}

// As a parameter of a URL, because SOCI takes keyword strings apart at every blank, also in values.
void append(std::string& url, std::string_view key, std::string_view value) {
  url += fmt::format("{}{}=", url.empty() ? "postgresql://?" : "&", key);
  for (const char c : value)
    if (('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9'))
      url += c;
    else
      url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

// As libpq's keywords and values, without what it hides in forms.
auto without_secrets(const options& given) -> std::string {
  const libpq_ptr<PQconninfoOption> known{PQconndefaults()};
  const auto is_secret = [&](std::string_view key) {
    for (const auto* each = known.get(); each && each->keyword; ++each)
      if (each->keyword == key)
        return each->dispchar == std::string_view{"*"};
    return true;
  };
  std::string text;
  for (const auto& [key, value] : given) {
    if (is_secret(key))
      continue;
    text += fmt::format("{}{}='", text.empty() ? "" : " ", key);
    for (const char c : value) {
      if (c == '\'' || c == '\\')
        text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text;
}

} // namespace

auto address::of(std::string_view url, const postgres_settings& settings) -> result<address> {
  if (auto valid = check(settings); !valid)
    return std::unexpected{std::move(valid.error())};
  const auto given = parse(url);
  if (!given)
    return std::unexpected{given.error()};
  if (auto valid = check(*given, url.contains("://")); !valid)
    return std::unexpected{std::move(valid.error())};

  options all; // with what comes from the environment
  collect(libpq_ptr<PQconninfoOption>{PQconndefaults()}.get(), all);
  for (const auto& [key, value] : *given)
    all[key] = value;

  address made;
  made.password_ = value_in(all, "password");
  made.user_ = value_in(all, "user");
  made.schema_ = settings.schema;
  made.database_ = value_in(all, "dbname");
  if (made.database_.empty())
    made.database_ = made.user_;
  auto hosts = value_in(all, "host");
  for (const auto& part : hosts | std::views::split(','))
    if (const std::string_view host{part.begin(), part.end()};
        !host.empty() && host.front() != '/' && host.front() != '@' && !all.contains("hostaddr"))
      made.host_names_.emplace_back(host);
  if (hosts.empty())
    hosts = value_in(all, "hostaddr");
  made.name_ = fmt::format("{} at {}:{}", detail::printable(made.database_),
                           hosts.empty() ? "this machine" : detail::printable(hosts),
                           detail::printable(value_in(all, "port")));
  made.open_conninfo_ = without_secrets(*given);
  made.connect_timeout_ = whole_seconds(*given, settings.connect_timeout);
  made.application_name_ = given->contains("application_name")
                             ? value_in(*given, "application_name")
                             : settings.application_name;

  // A server that vanished is noticed within half a minute, by whoever waits for it.
  auto pairs = options{{"keepalives", "1"},
                       {"keepalives_idle", "10"},
                       {"keepalives_interval", "5"},
                       {"keepalives_count", "3"},
                       {"tcp_user_timeout", "25000"}};
  for (const auto& [key, value] : *given)
    pairs[key] = value;
  pairs["connect_timeout"] = fmt::to_string(made.connect_timeout_.count());
  pairs["client_encoding"] = "UTF8";
  pairs.erase("application_name");
  for (const auto& [key, value] : pairs)
    append(made.conninfo_, key, value);
  return made;
}

auto address::conninfo(std::string_view purpose) const -> std::string {
  auto text = conninfo_;
  append(text, "application_name", fmt::format("{} {}", application_name_, purpose));
  return text;
}

auto address::quoted_schema() const -> std::string {
  std::string quoted = "\"";
  for (const char c : schema_) {
    if (c == '"')
      quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

auto address::scrub(std::string words) const -> std::string {
  if (password_.empty())
    return words;
  constexpr std::string_view blot = "***";
  for (auto at = words.find(password_); at != std::string::npos;
       at = words.find(password_, at + blot.size()))
    words.replace(at, password_.size(), blot);
  return words;
}

} // namespace eventcore::postgres
