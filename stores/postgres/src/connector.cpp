#include "connector.hpp"

#include <algorithm>
#include <array>
#include <netdb.h>
#include <poll.h>
#include <utility>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int oldest_server = 140000;
constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{1'000};

auto words_for(purpose what_for) -> std::string_view {
  switch (what_for) {
  case purpose::writing:
    return "writer";
  case purpose::reading:
    return "reader";
  case purpose::listening:
    return "listener";
  }
  return {};
}

// In libpq's verbose form a server's message reads `FATAL:  28P01: words`, whatever its language.
auto read_obstacle(std::string_view message) -> obstacle {
  constexpr std::string_view before = ":  ";
  constexpr std::size_t length = 5;
  obstacle found;
  for (auto at = message.find(before); at != std::string_view::npos;
       at = message.find(before, at + 1)) {
    const auto state = message.substr(at + before.size(), length);
    const auto rest = message.substr(std::min(message.size(), at + before.size() + length));
    if (rest.starts_with(": ") && std::ranges::all_of(state, [](char c) {
          return ('0' <= c && c <= '9') || ('A' <= c && c <= 'Z');
        }))
      found = {std::string{state}, std::string{rest.substr(2, rest.find('\n') - 2)}};
  }
  if (found.state.empty())
    found.words = message.substr(0, message.find_last_not_of('\n') + 1);
  std::ranges::replace(found.words, '\n', ' ');
  return found;
}

auto no_answer() -> std::optional<obstacle> {
  return obstacle{.state = {}, .words = "it does not answer in time"};
}

// SOCI keeps no SQLSTATE of a connection that fails, and libpq tells it only in its verbose form,
// which must be asked for before the server answers: so it is asked once more.
// Nothing when it lets us in by now.
auto ask_why(const address& where) -> std::optional<obstacle> {
  const libpq_ptr<PGconn> asking{PQconnectStart(where.conninfo("check").c_str())};
  if (!asking)
    throw std::bad_alloc{};
  PQsetErrorVerbosity(asking.get(), PQERRORS_VERBOSE);
  const auto deadline = steady_clock::now() + where.connect_timeout();
  auto step =
    PQstatus(asking.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (step == PGRES_POLLING_READING || step == PGRES_POLLING_WRITING) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd waiting{.fd = PQsocket(asking.get()),
                   .events = static_cast<short>(step == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                   .revents = 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0)
      return no_answer();
    step = PQconnectPoll(asking.get());
  }
  if (step == PGRES_POLLING_OK)
    return std::nullopt;
  auto found = read_obstacle(PQerrorMessage(asking.get()));
  if (PQconnectionNeedsPassword(asking.get()) == 1) // libpq gave up by itself
    found.state = "28P01";
  return found;
}

auto is_unknown_host(const std::string& name) -> bool {
  addrinfo* found = nullptr;
  const auto code = ::getaddrinfo(name.c_str(), nullptr, nullptr, &found);
  if (code == 0)
    ::freeaddrinfo(found);
  return code == EAI_NONAME;
}

// R8. One round trip. What a role or a database sets as its default is not trusted.
const statement set_up_session{
  "set_up_session",
  "SELECT pg_is_in_recovery(), current_setting('server_encoding') = 'UTF8', "
  "set_config('search_path', $1::text, false), "
  "set_config('default_transaction_read_only', $2::text, false), "
  "set_config('statement_timeout', $3::text, false), "
  "set_config('lock_timeout', $4::text, false), "
  // Nothing but our own admission happens inside a transaction.
  "set_config('idle_in_transaction_session_timeout', '30s', false), "
  "set_config('default_transaction_isolation', 'read committed', false), "
  "set_config('default_transaction_deferrable', 'off', false), "
  // Never below `on`; `remote_apply` is more.
  "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' "
  "THEN 'remote_apply' ELSE 'on' END, false), "
  "set_config('timezone', 'UTC', false), "
  "set_config('standard_conforming_strings', 'on', false), "
  "set_config('extra_float_digits', '3', false), " // as SOCI sets it when it connects
  // Statements are few and made for one plan each: planning them for each call's arrays would cost
  // as much as running them, compiling them far more.
  "set_config('plan_cache_mode', 'force_generic_plan', false), "
  "set_config('jit', 'off', false), "
  // Rows are found by an index and pages read in its order, also where a plan was made while the
  // tables were empty and a scan of all looked cheap.
  "set_config('enable_seqscan', 'off', false), "
  "set_config('enable_bitmapscan', 'off', false), "
  "set_config('enable_hashjoin', 'off', false), "
  "set_config('enable_mergejoin', 'off', false), "
  "set_config('enable_sort', 'off', false)"};

const statement reset_settings{"reset_settings", "RESET ALL"}; // all but the role
const statement reset_role{"reset_role", "RESET ROLE"};
const statement drop_temporary{"drop_temporary", "DISCARD TEMP"}; // they would hide the store's

} // namespace

connector::connector(address where, const store_settings& settings)
    : where_{std::move(where)}, settings_{settings.postgres}, read_only_{settings.read_only} {}

auto connector::connect(purpose what_for) -> std::unique_ptr<connection> {
  {
    const std::lock_guard guard{guard_};
    if (last_failure_ && steady_clock::now() < closed_until_)
      throw store_error{*last_failure_};
  }
  try {
    auto made = try_to_connect(what_for);
    const std::lock_guard guard{guard_};
    last_failure_.reset();
    return made;
  } catch (...) {
    auto failed = current_failure(where_);
    const std::lock_guard guard{guard_};
    pause_ = last_failure_ ? std::min(pause_ * 2, longest_pause) : first_pause;
    closed_until_ = steady_clock::now() + pause_;
    last_failure_ = failed;
    throw store_error{std::move(failed)};
  }
}

auto connector::try_to_connect(purpose what_for) const -> std::unique_ptr<connection> {
  const auto conninfo = where_.conninfo(words_for(what_for));
  std::unique_ptr<connection> made;
  for (bool again = false; !made; again = true) {
    const auto began = steady_clock::now();
    try {
      made = std::make_unique<connection>(conninfo);
    } catch (const soci::soci_error& error) {
      const auto in_vain = steady_clock::now() - began >= where_.connect_timeout();
      const auto why = in_vain ? no_answer() : ask_why(where_);
      if (why)
        throw store_error{refusal(*why)};
      if (again)
        throw store_error{refusal({.state = {}, .words = error.get_error_message()})};
    }
  }
  set_up(*made, what_for);
  return made;
}

void connector::set_up(connection& on, purpose what_for) const {
  if (const auto version = PQserverVersion(on.handle()); version < oldest_server)
    raise(errc::schema_mismatch,
          fmt::format("{} runs PostgreSQL {}; a store needs version {} or newer", where_.name(),
                      version / 10000, oldest_server / 10000));
  trip setting{on};
  add_setting_up(setting, what_for);
  setting.send();
  const auto answer = setting.answer();
  if (!answer.truth(0, 1))
    raise(errc::schema_mismatch,
          fmt::format("{} is not encoded in UTF-8; make the database with ENCODING 'UTF8'",
                      where_.name()));
  if (!read_only_ && answer.truth(0, 0))
    raise(opened_ ? errc::store_unavailable : errc::read_only,
          fmt::format("{} is a standby, which takes no writes; {}", where_.name(),
                      opened_ ? "nothing was written, try again later"
                              : "name the primary server, or open the store with read_only"));
}

void connector::add_setting_up(trip& to, purpose what_for) const {
  const auto schema = where_.quoted_schema();
  const auto reads = what_for != purpose::writing;
  const auto statement_timeout = fmt::to_string(reads ? settings_.statement_timeout.count() : 0);
  const auto lock_timeout = fmt::to_string(settings_.lock_timeout.count());
  to.add(set_up_session, parameters{}
                           .text(schema)
                           .text(read_only_ ? "on" : "off")
                           .text(statement_timeout)
                           .text(lock_timeout));
}

auto connector::add_restoring(trip& to) const -> int {
  to.add(reset_role);
  to.add(reset_settings);
  to.add(drop_temporary);
  add_setting_up(to, purpose::reading);
  constexpr int added = 4;
  return added;
}

auto connector::refusal(const obstacle& why) const -> failure {
  const auto words = where_.scrub(why.words);
  // While a store is opened, an advice for whoever does that; later somebody else mends it.
  const auto refuse = [&](errc code, std::string text, std::string_view advice) -> failure {
    if (opened_)
      return {errc::store_unavailable, text + "; nothing was written, try again later"};
    return {code, fmt::format("{}; {}", text, advice)};
  };
  if (why.state.starts_with("28"))
    return refuse(
      errc::invalid_argument,
      fmt::format("{} does not let user '{}' in: {}", where_.name(), where_.user(), words),
      "check user, password and pg_hba.conf");
  if (why.state == "3D000")
    return refuse(errc::not_found,
                  fmt::format("there is no database '{}' on the server of {}: {}",
                              where_.database(), where_.name(), words),
                  "make it with createdb, or name another");
  if (why.state == "42501")
    return refuse(
      errc::invalid_argument,
      fmt::format("user '{}' may not connect to {}: {}", where_.user(), where_.name(), words),
      "grant CONNECT on the database");
  if (why.state.empty() && !where_.host_names().empty()
      && std::ranges::all_of(where_.host_names(), &is_unknown_host))
    return refuse(errc::not_found, fmt::format("no host of {} is known: {}", where_.name(), words),
                  "check the host's name");
  return refuse(errc::store_unavailable,
                fmt::format("{} cannot be reached: {}", where_.name(), words),
                "check that the server runs there and accepts connections");
}

} // namespace eventcore::postgres
