#include "errors.hpp"

#include "address.hpp"

#include <initializer_list>
#include <new>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

auto field(const PGresult* result, int which) -> std::string_view {
  const char* text = PQresultErrorField(result, which);
  return text ? text : "";
}

auto is_one_of(std::string_view state, std::initializer_list<std::string_view> states) -> bool {
  for (const auto one : states)
    if (state == one)
      return true;
  return false;
}

// Rows that clash although the heads allowed them: the heads are wrong, not the write set.
auto is_clash(std::string_view state) -> bool { return is_one_of(state, {"23505", "23P01"}); }

auto refused_data(const address& where, const database_error& error, std::string_view words)
  -> failure {
  if (is_clash(error.state()))
    return {errc::store_corrupt,
            fmt::format("the heads and the events of {} contradict each other: {}; nothing was "
                        "written, look for damage and restore a backup",
                        where.name(), words)};
  return {errc::invalid_argument,
          fmt::format("{} does not take this: {}; nothing of it was written", where.name(), words)};
}

auto no_resources(const address& where, const database_error& error, std::string_view words)
  -> failure {
  if (error.state() == "53100")
    return {errc::store_unavailable,
            fmt::format("the disk of {} is full: {}; nothing was written, free some space, then "
                        "retry",
                        where.name(), words)};
  if (error.state() == "53300")
    return {errc::store_unavailable,
            fmt::format("{} has no connection left: {}; raise max_connections there or lower "
                        "postgres.connections here",
                        where.name(), words)};
  return {errc::store_unavailable,
          fmt::format("{} is short of something: {}; nothing was written, try again later",
                      where.name(), words)};
}

auto other_tables(const address& where, std::string_view words) -> failure {
  return {errc::schema_mismatch,
          fmt::format("the tables of schema '{}' of {} are not those that this program made: {}; "
                      "restore a backup",
                      where.schema(), where.name(), words)};
}

} // namespace

database_error::database_error(const PGresult* result)
    : state_{field(result, PG_DIAG_SQLSTATE)}, words_{field(result, PG_DIAG_MESSAGE_PRIMARY)},
      refusal_{field(result, PG_DIAG_SEVERITY_NONLOCALIZED) == "ERROR"} {
  if (const auto detail = field(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty())
    words_ += fmt::format(" ({})", detail);
  if (words_.empty())
    words_ = PQresultErrorMessage(result);
  while (!words_.empty() && words_.back() == '\n')
    words_.pop_back();
}

database_error::database_error(std::string_view state, std::string words)
    : state_{state.contains(' ') ? "" : state}, words_{std::move(words)},
      refusal_{!state_.empty()} {}

auto is_data_error(const database_error& error) -> bool {
  return error.is_refusal() && !is_clash(error.state())
         && (error.is_in_class("22") || error.is_in_class("23") || error.is_in_class("54"));
}

auto failure_of(const address& where, const database_error& error) -> failure {
  const auto state = error.state();
  const auto words = where.scrub(error.words());
  if (state.empty())
    return {errc::store_unavailable,
            fmt::format("the connection to {} was lost: {}; nothing was written, try again",
                        where.name(), words)};
  if (is_data_error(error) || is_clash(state))
    return refused_data(where, error, words);
  if (error.is_in_class("53"))
    return no_resources(where, error, words);
  if (state == "55P03")
    return {errc::store_unavailable,
            fmt::format("another program has held a lock in schema '{}' of {} for longer than "
                        "lock-timeout; nothing was written, try again, or find who keeps a "
                        "transaction open: select * from pg_stat_activity where pid = any("
                        "pg_blocking_pids(<a waiting pid>))",
                        where.schema(), where.name())};
  if (state == "57014")
    return {errc::store_unavailable,
            fmt::format("{} took longer than statement-timeout or was told to stop: {}; nothing "
                        "was written, ask for less at once or raise the limit",
                        where.name(), words)};
  if (is_lacking_right(error))
    return {errc::read_only,
            fmt::format("user '{}' lacks a right on {}: {}; grant it, or open the store with "
                        "read_only if it only reads",
                        where.user(), where.name(), words)};
  if (is_one_of(state, {"25006", "57P06"}))
    return {errc::read_only, fmt::format("{} takes no writes: {}; open the store with read_only, "
                                         "or name the primary server",
                                         where.name(), words)};
  if (error.is_in_class("42") || is_one_of(state, {"3F000", "0A000"}))
    return other_tables(where, words);
  if (is_one_of(state, {"XX001", "XX002"}))
    return {errc::store_corrupt,
            fmt::format("{} is damaged: {}; restore a backup", where.name(), words)};
  return {errc::store_unavailable,
          fmt::format("{} could not be used: {} (SQLSTATE {}); nothing was written, try again",
                      where.name(), words, state)};
}

auto is_lacking_right(const database_error& error) -> bool { return error.state() == "42501"; }

auto lacking_right(const address& where, std::string_view right) -> failure {
  return {errc::read_only,
          fmt::format("user '{}' lacks a right in schema '{}' of {}; nothing was written, grant "
                      "{}, or do it as another user",
                      where.user(), where.schema(), where.name(), right)};
}

auto current_failure(const address& where) -> failure {
  try {
    throw;
  } catch (const store_error& error) {
    return error.failed;
  } catch (const database_error& error) {
    return failure_of(where, error);
  } catch (const std::bad_alloc&) {
    return {errc::overloaded, "out of memory"}; // short enough to need no memory of its own
  } catch (const std::exception& error) {
    return {errc::store_unavailable,
            fmt::format("{} could not be used: {}", where.name(), error.what())};
  } catch (...) {
    return {errc::store_unavailable,
            fmt::format("{} could not be used: the store's clock threw", where.name())};
  }
}

} // namespace eventcore::postgres
