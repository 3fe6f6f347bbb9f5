#include "file_access.hpp"

#include "errors.hpp"
#include "schema.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto is_on_file_access_system(const std::filesystem::path& file) -> bool {
  struct statvfs found{};
  return ::statvfs(file.c_str(), &found) == 0 && (found.f_flag & ST_RDONLY) != 0;
}

auto has_wal(const std::filesystem::path& file) -> bool {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file.string() + "-wal", ignored);
  return !ignored && size > 0;
}

// Asks the operating system, as this user and for this file system.
auto may(const std::filesystem::path& path, int mode) -> bool {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

void require_readable(const std::filesystem::path& file) {
  if (!may(file, R_OK))
    raise(errc::store_unavailable,
          fmt::format("{} cannot be opened: this user may not read it; give read permission",
                      file.string()));
}

} // namespace

void require_writable(const std::filesystem::path& file) {
  require_readable(file);
  if (!may(file, W_OK))
    raise(errc::read_only,
          fmt::format("{} may not be written by this user; open it with read_only, or give write "
                      "permission on it",
                      file.string()));
  if (!may(file.parent_path(), W_OK | X_OK))
    raise(errc::read_only,
          fmt::format("{} is in a directory that may not be written by this user, but SQLite makes "
                      "files beside it; open it with read_only, or give write permission on the "
                      "directory",
                      file.string()));
}

auto options_for_reading(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
  -> connection_options {
  connection_options options{.file = file, .access = access::read, .busy_timeout = busy_timeout};
  require_readable(file);
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
  if (is_on_file_access_system(file) && !has_wal(file)) {
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
