#include "read_only_file.hpp"

#include "errors.hpp"
#include "schema.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

namespace eventcore::sqlite {

namespace {

auto is_on_read_only_file_system(const std::filesystem::path& file) -> bool {
  struct statvfs found {};
  return ::statvfs(file.c_str(), &found) == 0 && (found.f_flag & ST_RDONLY) != 0;
}

auto has_wal(const std::filesystem::path& file) -> bool {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file.string() + "-wal", ignored);
  return !ignored && size > 0;
}

} // namespace

auto options_for_reading(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
  -> connection_options {
  connection_options options{
    .file = file, .access = access::read, .busy_timeout = busy_timeout};
  try {
    connection on{options};
    look_at(on);
    return options;
  } catch (const database_error& error) {
    const auto code = primary_code(error.result());
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
      throw;
  }
  // SQLite needs the files -wal and -shm beside a database that others may be writing to. Where
  // nothing can be written at all, nobody does, and the file itself is everything.
  if (is_on_read_only_file_system(file) && !has_wal(file)) {
    options.access = access::read_frozen;
    return options;
  }
  raise(errc::store_unavailable,
        fmt::format("{0} cannot be read where it is: SQLite needs to make {0}-shm beside it; give "
                    "write permission on the directory, or copy {0}{1} to another one",
                    file.string(), has_wal(file) ? " together with its -wal file" : ""));
}

void refuse_foreign_file(const std::filesystem::path& file) {
  try {
    connection on{{.file = file, .access = access::read_frozen}};
    if (look_at(on) == content::foreign)
      refuse_foreign(file);
  } catch (const database_error& error) {
    // Without locks, a file that is being written may look damaged; that is decided under locks.
    if (primary_code(error.result()) == SQLITE_NOTADB)
      throw;
  }
}

} // namespace eventcore::sqlite
