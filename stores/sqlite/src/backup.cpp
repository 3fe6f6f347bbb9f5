#include "backup.hpp"

#include "errors.hpp"
#include "transaction.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr int pages_at_once = 256; // 1 MiB

[[noreturn]] void raise_system(const fs::path& file, std::string_view what) {
  raise(errc::store_unavailable, fmt::format("{} cannot be {}: {}; check the disk and the folder",
                                             file.string(), what, std::strerror(errno)));
}

/// A file that is open as long as the object lives. Closing it drops the locks that SQLite has on
/// it in this program, so it lives longer than the connection.
class open_file {
public:
  open_file(const fs::path& path, int flags)
      : path_{path}, handle_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {
    if (handle_ < 0)
      raise_system(path, "made");
  }
  open_file(const open_file&) = delete;
  auto operator=(const open_file&) -> open_file& = delete;
  ~open_file() { ::close(handle_); }

  auto lock() const -> bool { return ::flock(handle_, LOCK_EX | LOCK_NB) == 0; }
  auto clear() const -> bool { return ::ftruncate(handle_, 0) == 0; }

  void sync() const {
    if (::fsync(handle_) != 0)
      raise_system(path_, "synced");
  }

private:
  fs::path path_;
  int handle_;
};

/// The copy while it is made; removed with the object unless it was put in its place.
class partial_copy {
public:
  explicit partial_copy(const fs::path& to)
      : to_{to}, path_{to.string() + ".partial"}, file_{path_, O_RDWR | O_CREAT} {
    if (!file_.lock())
      raise(errc::invalid_argument,
            fmt::format("{} is being written by another backup; let that end first, or name "
                        "another file",
                        path_.string()));
    owned_ = true;
    if (!file_.clear()) // a killed backup may have left something
      raise_system(path_, "written");
  }
  partial_copy(const partial_copy&) = delete;
  auto operator=(const partial_copy&) -> partial_copy& = delete;
  ~partial_copy() {
    if (owned_)
      ::unlink(path_.c_str());
  }

  auto path() const -> const fs::path& { return path_; }

  /// Never replaces a file that came there meanwhile.
  void put_in_place() {
    file_.sync();
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, to_.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST || fs::exists(to_))
        raise(errc::invalid_argument,
              fmt::format("{} exists; name a new file for the backup", to_.string()));
      if (errno != EINVAL || ::rename(path_.c_str(), to_.c_str()) != 0) // not on all file systems
        raise_system(to_, "made");
    }
    owned_ = false;
    open_file{to_.parent_path(), O_RDONLY | O_DIRECTORY}.sync();
  }

private:
  fs::path to_;
  fs::path path_;
  open_file file_;
  bool owned_ = false;
};

auto named_file(const fs::path& to) -> fs::path {
  if (to.native().find('\0') != std::string::npos || !to.has_filename())
    raise(errc::invalid_argument, "a backup needs the name of a new file");
  return fs::absolute(to);
}

void require_new(const fs::path& to) {
  if (std::error_code unknown; fs::exists(fs::symlink_status(to, unknown)))
    raise(errc::invalid_argument,
          fmt::format("{} exists; name a new file for the backup", to.string()));
  if (std::error_code unknown; !fs::is_directory(to.parent_path(), unknown))
    raise(errc::invalid_argument, fmt::format("{} cannot be made: there is no directory {}",
                                              to.string(), to.parent_path().string()));
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
    require_new(target);
    connection source{from};
    partial_copy copy{target};
    {
      connection written{{.file = copy.path(), .access = access::write}};
      written.run("PRAGMA journal_mode = OFF"); // what does not end is not kept
      written.run("PRAGMA synchronous = OFF");  // it is synced once, at its end
      copy_pages(source, written, progress);
    }
    copy.put_in_place();
    return {};
  } catch (...) {
    return std::unexpected{current_failure(to, from.busy_timeout)};
  }
}

} // namespace eventcore::sqlite
