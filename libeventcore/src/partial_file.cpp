#include "eventcore/detail/partial_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

namespace fs = std::filesystem;

// A link that leads nowhere is there, too.
auto is_there(const fs::path& name) -> bool {
  std::error_code unseen;
  return fs::exists(fs::symlink_status(name, unseen));
}

auto refuse_existing(const fs::path& name) -> std::unexpected<failure> {
  return fail(
    errc::invalid_argument,
    fmt::format("{} exists already; name another file, or remove this one", name.string()));
}

/// Whether the open file is still the one of this name: a program that has finished renames it.
auto is_still(int descriptor, const fs::path& path) -> bool {
  struct stat open{};
  struct stat named{};
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &named) == 0
         && open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

auto what_helps(int error) -> std::string_view {
  switch (error) {
  case ENOSPC:
  case EFBIG:
  case EDQUOT:
    return "make room and try again";
  case ENOENT:
  case ENOTDIR:
  case ENAMETOOLONG:
    return "check the path";
  case EACCES:
  case EPERM:
  case EROFS:
    return "check the permissions, or name a file elsewhere";
  default:
    return "try again";
  }
}

auto sync_path(const fs::path& path, int flags = 0) -> result<> {
  const auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (descriptor < 0)
    return file_failure(path, "cannot be opened");
  const bool done = ::fsync(descriptor) == 0;
  const auto error = errno;
  ::close(descriptor);
  errno = error;
  if (!done)
    return file_failure(path, "cannot be made durable");
  return {};
}

auto sync_folder_of(const fs::path& file) -> result<> {
  return sync_path(file.has_parent_path() ? file.parent_path() : fs::path{"."}, O_DIRECTORY);
}

} // namespace

auto partial_file::open(const fs::path& name, when_left then) -> result<partial_file> {
  auto path = name;
  path += ".partial";
  for (;;) {
    if (is_there(name))
      return refuse_existing(name);
    const auto descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
      return file_failure(path, "cannot be written");
    // It is another's until all is looked at.
    partial_file opened{name, path, descriptor, when_left::kept};
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return fail(errc::invalid_argument,
                  fmt::format("{} is being written by another program; wait for it, or name "
                              "another file",
                              path.string()));
    if (!is_still(descriptor, path))
      continue;
    opened.then_ = then;
    // Whoever gives the file its name has the lock. It may have got it just before.
    if (!is_there(name))
      return opened;
    opened.remove();
  }
}

partial_file::partial_file(fs::path name, fs::path path, int descriptor, when_left then)
    : name_{std::move(name)}, path_{std::move(path)}, descriptor_{descriptor}, then_{then} {}

partial_file::partial_file(partial_file&& other) noexcept
    : name_{std::move(other.name_)}, path_{std::move(other.path_)},
      descriptor_{std::exchange(other.descriptor_, -1)}, then_{other.then_} {}

partial_file::~partial_file() {
  if (descriptor_ < 0)
    return;
  if (then_ == when_left::removed)
    remove();
  ::close(descriptor_);
}

auto partial_file::put_in_place() -> result<> {
  if (::fsync(descriptor_) != 0) {
    auto failed = file_failure(path_, "cannot be made durable");
    remove(); // what is read of it now may be in memory only
    return failed;
  }
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return refuse_existing(name_);
    // Not all file systems have it.
    if (errno != EINVAL || ::rename(path_.c_str(), name_.c_str()) != 0)
      return file_failure(path_, fmt::format("cannot be renamed to {}", name_.string()));
  }
  then_ = when_left::kept; // another program may make one of this name
  return sync_folder_of(name_);
}

void partial_file::remove() {
  ::unlink(path_.c_str());
  then_ = when_left::kept;
}

auto make_durable(const fs::path& file) -> result<> {
  if (auto done = sync_path(file); !done)
    return done;
  return sync_folder_of(file);
}

auto file_failure(const fs::path& file, std::string_view what) -> std::unexpected<failure> {
  const auto error = errno;
  return fail(errc::store_unavailable, fmt::format("{} {}: {}; {}", file.string(), what,
                                                   std::strerror(error), what_helps(error)));
}

} // namespace eventcore::detail
