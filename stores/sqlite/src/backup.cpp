#include "backup.hpp"

#include "errors.hpp"
#include "transaction.hpp"

#include "eventcore/detail/partial_file.hpp"

#include <algorithm>
#include <memory>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr int pages_at_once = 256; // 1 MiB

auto named_file(const fs::path& to) -> fs::path {
  if (to.native().find('\0') != std::string::npos || !to.has_filename())
    raise(errc::invalid_argument, "a backup needs the name of a new file");
  auto named = fs::absolute(to);
  if (std::error_code unknown; !fs::is_directory(named.parent_path(), unknown))
    raise(errc::invalid_argument, fmt::format("{} cannot be made: there is no directory {}",
                                              named.string(), named.parent_path().string()));
  return named;
}

// SQLite would take what another database left there for a part of this one.
void refuse_remains(const fs::path& to) {
  for (const auto* end : {"-wal", "-journal"})
    if (std::error_code unknown; fs::exists(fs::symlink_status(to.string() + end, unknown)))
      raise(errc::invalid_argument,
            fmt::format("{}{} is there, of a database that was {}; remove it, or name another file "
                        "for the backup",
                        to.string(), end, to.filename().string()));
}

struct finish_backup {
  void operator()(api::sqlite3_backup* backup) const { api::sqlite3_backup_finish(backup); }
};
using backup_ptr = std::unique_ptr<api::sqlite3_backup, finish_backup>;

// The source holds one snapshot all the time: a backup begins anew when its source sees a commit of
// others.
void copy_pages(connection& from, connection& to, const std::function<void(double)>& progress) {
  const read_transaction snapshot{from};
  from.number("SELECT count(*) FROM migrations"); // a snapshot begins with the first read
  backup_ptr backup{api::sqlite3_backup_init(to.handle(), "main", from.handle(), "main")};
  if (!backup)
    throw database_error{api::sqlite3_errmsg(to.handle()), api::sqlite3_errcode(to.handle())};
  for (;;) {
    const auto code = api::sqlite3_backup_step(backup.get(), pages_at_once);
    if (code != SQLITE_OK && code != SQLITE_DONE)
      throw database_error{api::sqlite3_errstr(code), code};
    const auto pages = std::max(api::sqlite3_backup_pagecount(backup.get()), 1);
    if (progress)
      progress(1 - static_cast<double>(api::sqlite3_backup_remaining(backup.get())) / pages);
    if (code == SQLITE_DONE)
      return;
  }
}

} // namespace

auto back_up(const connection_options& from, const fs::path& to,
             const std::function<void(double)>& progress) -> result<> {
  try {
    const auto target = named_file(to);
    connection source{from};
    // Closing it drops the locks that SQLite has on it in this program: it outlives the connection.
    auto copy = detail::partial_file::open(target, detail::partial_file::when_left::removed);
    if (!copy)
      return std::unexpected{std::move(copy.error())};
    refuse_remains(target);
    if (::ftruncate(copy->descriptor(), 0) != 0) // a killed backup may have left something
      return detail::file_failure(copy->path(), "cannot be emptied");
    {
      connection written{{.file = copy->path(), .access = access::write}};
      written.run("PRAGMA journal_mode = OFF"); // what does not end is not kept
      written.run("PRAGMA synchronous = OFF");  // it is synced once, at its end
      copy_pages(source, written, progress);
    }
    return copy->put_in_place();
  } catch (...) {
    return std::unexpected{current_failure(to, from.busy_timeout)};
  }
}

} // namespace eventcore::sqlite
