#include "errors.hpp"

#include <new>

#include <fmt/format.h>

namespace eventcore::sqlite {

auto words_of(const database_error& error) -> std::string {
  auto text = error.get_error_message();
  constexpr std::string_view mark = "sqlite3_statement_backend::";
  if (text.starts_with(mark))
    if (const auto end = text.find(": "); end != std::string::npos)
      text.erase(0, end + 2);
  return text;
}

auto primary_code(int code) -> int { return code & 0xFF; }

auto is_data_error(int code) -> bool {
  switch (primary_code(code)) {
  case SQLITE_CONSTRAINT:
  case SQLITE_TOOBIG:
  case SQLITE_MISMATCH:
  case SQLITE_RANGE:
    return true;
  default:
    return false;
  }
}

auto is_sync_error(int code) -> bool {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

auto is_write_error(int code) -> bool { return code == SQLITE_FULL || code == SQLITE_IOERR_WRITE; }

namespace {

// Rows that clash although the heads allowed them: the heads are wrong, not the write set.
auto is_clash(int code) -> bool {
  return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY
         || code == SQLITE_CONSTRAINT_ROWID;
}

auto busy(const std::string& name, std::chrono::milliseconds waited) -> failure {
  return {errc::store_unavailable,
          fmt::format("another process has held the write lock of {} for {} ms; nothing was "
                      "written, try again or find out which process keeps a transaction open",
                      name, waited.count())};
}

} // namespace

auto failure_of(const std::filesystem::path& file, int code, std::string_view text,
                std::chrono::milliseconds waited) -> failure {
  const auto name = file.string();
  switch (primary_code(code)) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL:
    return busy(name, waited);
  case SQLITE_FULL:
    return {errc::store_unavailable,
            fmt::format("the disk that holds {} is full; nothing was written, free some space, "
                        "then retry ({})",
                        name, text)};
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return {errc::read_only, fmt::format("{} cannot be written: {}; check the permissions of the "
                                         "file and its directory",
                                         name, text)};
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
    return {errc::store_corrupt,
            fmt::format("{} is damaged or is no SQLite database: {}; it is left as it is, restore "
                        "a backup",
                        name, text)};
  case SQLITE_CANTOPEN:
    return {errc::store_unavailable,
            fmt::format("{} cannot be opened: {}; check that it and its directory exist and may "
                        "be read and written",
                        name, text)};
  case SQLITE_CONSTRAINT:
    if (is_clash(code))
      return {errc::store_corrupt,
              fmt::format("the heads and the events of {} contradict each other: {}; nothing was "
                          "written, look for damage and restore a backup",
                          name, text)};
    return {
      errc::invalid_argument,
      fmt::format("{} does not take this write set: {}; nothing of it was written", name, text)};
  case SQLITE_TOOBIG:
  case SQLITE_MISMATCH:
  case SQLITE_RANGE:
    return {
      errc::invalid_argument,
      fmt::format("{} does not take this write set: {}; nothing of it was written", name, text)};
  case SQLITE_NOMEM:
    return {errc::overloaded, "out of memory; nothing was written, try again with less at once"};
  case SQLITE_ERROR:
    return {errc::schema_mismatch,
            fmt::format("the tables of {} are not those that this program made: {}; restore a "
                        "backup",
                        name, text)};
  default:
    return {errc::store_unavailable,
            fmt::format("{} could not be used: {} (SQLite's code {}); nothing was written, check "
                        "the disk, then retry",
                        name, text, code)};
  }
}

auto current_failure(const std::filesystem::path& file, std::chrono::milliseconds waited)
  -> failure {
  try {
    throw;
  } catch (const store_error& error) {
    return error.failed;
  } catch (const database_error& error) {
    return failure_of(file, error.result(), words_of(error), waited);
  } catch (const std::bad_alloc&) {
    return {errc::overloaded, "out of memory"}; // short enough to need no memory of its own
  } catch (const std::exception& error) {
    return {errc::store_unavailable,
            fmt::format("{} could not be used: {}", file.string(), error.what())};
  } catch (...) {
    return {errc::store_unavailable,
            fmt::format("{} could not be used: the store's clock threw", file.string())};
  }
}

} // namespace eventcore::sqlite
