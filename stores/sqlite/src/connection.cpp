#include "connection.hpp"

#include "eventcore/queries.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto backend_of(soci::session& session) -> soci::sqlite3_session_backend& {
  return *static_cast<soci::sqlite3_session_backend*>(session.get_backend());
}

auto flags_of(access how) -> int {
  // Each connection is guarded by its owner; SQLite's own mutex around every call costs 3 % of a
  // batch's time.
  constexpr auto common = SQLITE_OPEN_NOMUTEX;
  switch (how) {
  case access::read:
    return common | SQLITE_OPEN_READONLY;
  case access::read_frozen:
    return common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  case access::write:
    return common | SQLITE_OPEN_READWRITE;
  case access::create:
    return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return common;
}

// An absolute path is never taken for a URI or one of SQLite's special names.
auto name_of(const connection_options& options) -> std::string {
  auto path = std::filesystem::absolute(options.file).string();
  if (options.access != access::read_frozen)
    return path;
  std::string uri = "file:";
  for (const char c : path)
    if (c == '?' || c == '#' || c == '%')
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  return uri + "?immutable=1";
}

// The one definition of globs, for filters inside SQL: eventcore_glob(pattern, text).
void match_glob(api::sqlite3_context* context, int, api::sqlite3_value** values) {
  const auto text = [&](int i) {
    const auto* data = static_cast<const char*>(api::sqlite3_value_blob(values[i]));
    return std::string_view{data, static_cast<std::size_t>(api::sqlite3_value_bytes(values[i]))};
  };
  api::sqlite3_result_int(context, glob_matches(text(0), text(1)) ? 1 : 0);
}

} // namespace

connection::connection(const connection_options& options)
    : session_{soci::sqlite3, "db=:memory:"}, begin_{session_}, begin_immediate_{session_},
      commit_{session_}, roll_back_{session_} {
  open(options);
  const auto prepare = [](soci::statement& statement, const char* sql) {
    statement.alloc();
    statement.prepare(sql);
    statement.define_and_bind();
  };
  prepare(begin_, "BEGIN");
  prepare(begin_immediate_, "BEGIN IMMEDIATE");
  prepare(commit_, "COMMIT");
  prepare(roll_back_, "ROLLBACK");
}

void connection::open(const connection_options& options) {
  auto*& opened = backend_of(session_).conn_;
  api::sqlite3_close(opened);
  opened = nullptr;
  const auto code =
    api::sqlite3_open_v2(name_of(options).c_str(), &opened, flags_of(options.access), nullptr);
  if (!opened)
    throw std::bad_alloc{};
  api::sqlite3_extended_result_codes(opened, 1);
  check(code);
  busy_->timeout = options.busy_timeout;
  check(api::sqlite3_busy_handler(opened, &wait_again, busy_.get()));
  check(api::sqlite3_create_function_v2(opened, "eventcore_glob", 2,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                        nullptr, &match_glob, nullptr, nullptr, nullptr));
  run("PRAGMA trusted_schema = OFF");
  run("PRAGMA recursive_triggers = ON"); // so that REPLACE, too, meets the triggers on events
  run("PRAGMA synchronous = FULL");
  run("PRAGMA wal_autocheckpoint = 0");
  use_cache(options.cache_bytes);
}

auto connection::handle() const -> api::sqlite3* {
  return backend_of(const_cast<soci::session&>(session_)).conn_;
}

auto connection::number(const std::string& sql) -> long long {
  long long value = 0;
  session_ << sql, soci::into(value);
  return value;
}

auto connection::has_moved() const -> bool {
  int moved = 0;
  api::sqlite3_file_control(handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

void connection::leave_wal_on_close(bool leave) {
  check(api::sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr));
}

void connection::check(int code) const {
  if (code != SQLITE_OK)
    throw database_error{api::sqlite3_errmsg(handle()), code};
}

// Short steps, because a lock is usually held for the time of one commit, and nobody wakes us.
auto connection::wait_again(void* state, int count) -> int {
  using namespace std::chrono;
  auto& busy = *static_cast<busy_wait*>(state);
  const auto now = steady_clock::now();
  if (count == 0)
    busy.began = now;
  busy.waited = duration_cast<milliseconds>(now - busy.began);
  if (busy.waited >= busy.timeout)
    return 0;
  std::this_thread::sleep_for(microseconds{std::min(200 * (count + 1), 5'000)});
  return 1;
}

} // namespace eventcore::sqlite
