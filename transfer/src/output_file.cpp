#include "output_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

namespace fs = std::filesystem;

auto no_write(const fs::path& file, std::string_view what) -> std::unexpected<failure> {
  const auto error = errno;
  const auto* next =
    error == ENOSPC || error == EFBIG || error == EDQUOT ? "make room and try again" : "try again";
  return fail(errc::store_unavailable,
              fmt::format("{} {}: {}; {}", file.string(), what, std::strerror(error), next));
}

/// Whether the open file is still the one of this name: a program that has finished renames it.
auto is_still(int descriptor, const fs::path& file) -> bool {
  struct stat open{};
  struct stat named{};
  return ::fstat(descriptor, &open) == 0 && ::stat(file.c_str(), &named) == 0
         && open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

} // namespace

auto output_file::open(const fs::path& file) -> result<output_file> {
  if (file == "-")
    return output_file{file, file, STDOUT_FILENO};
  auto partial = file;
  partial += ".partial";
  for (;;) {
    std::error_code unseen;
    if (fs::exists(file, unseen))
      return fail(
        errc::invalid_argument,
        fmt::format("{} exists already; name another file, or remove this one", file.string()));
    const auto descriptor = ::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
      return no_write(partial, "cannot be written");
    output_file opened{file, partial, descriptor};
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return fail(errc::invalid_argument,
                  fmt::format("{} is being written by another program; wait for it, or name "
                              "another file",
                              partial.string()));
    if (is_still(descriptor, partial))
      return opened;
  }
}

output_file::output_file(output_file&& other) noexcept
    : file_{std::move(other.file_)}, partial_{std::move(other.partial_)},
      descriptor_{std::exchange(other.descriptor_, -1)} {}

output_file::~output_file() {
  if (descriptor_ >= 0 && descriptor_ != STDOUT_FILENO)
    ::close(descriptor_);
}

auto output_file::cut(std::uint64_t size) -> result<> {
  if (::ftruncate(descriptor_, static_cast<::off_t>(size)) != 0
      || ::lseek(descriptor_, 0, SEEK_END) < 0)
    return refuse("cannot be cut to its whole lines");
  return {};
}

auto output_file::write(std::string_view bytes) -> result<> {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return refuse("cannot be written further");
  }
  return {};
}

auto output_file::finish() -> result<> {
  if (is_stream())
    return {};
  if (::fsync(descriptor_) != 0)
    return refuse("cannot be made durable");
  if (::rename(partial_.c_str(), file_.c_str()) != 0)
    return refuse(fmt::format("cannot be renamed to {}", file_.string()));
  return sync_folder_of(file_);
}

void output_file::remove() {
  std::error_code unseen;
  fs::remove(partial_, unseen);
}

auto output_file::refuse(std::string_view what) const -> std::unexpected<failure> {
  return no_write(is_stream() ? fs::path{"the standard output"} : partial_, what);
}

auto sync_folder_of(const fs::path& file) -> result<> {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  const auto descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return no_write(folder, "cannot be opened");
  const bool done = ::fsync(descriptor) == 0;
  const auto error = errno;
  ::close(descriptor);
  errno = error;
  if (!done)
    return no_write(folder, "cannot be made durable");
  return {};
}

} // namespace eventcore::transfer
