#include "output_file.hpp"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace eventcore::transfer {

auto output_file::open(const std::filesystem::path& file) -> result<output_file> {
  if (file == "-")
    return output_file{std::nullopt};
  auto opened = detail::partial_file::open(file, detail::partial_file::when_left::kept);
  if (!opened)
    return std::unexpected{std::move(opened.error())};
  return output_file{std::move(*opened)};
}

auto output_file::partial() const -> const std::filesystem::path& {
  static const std::filesystem::path stream{"-"};
  return file_ ? file_->path() : stream;
}

auto output_file::cut(std::uint64_t size) -> result<> {
  if (::ftruncate(descriptor(), static_cast<::off_t>(size)) != 0
      || ::lseek(descriptor(), 0, SEEK_END) < 0)
    return refuse("cannot be cut to its whole lines");
  return {};
}

auto output_file::write(std::string_view bytes) -> result<> {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor(), bytes.data(), bytes.size());
    if (written >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return refuse("cannot be written further");
  }
  return {};
}

auto output_file::finish() -> result<> { return file_ ? file_->put_in_place() : result<>{}; }

void output_file::remove() {
  if (file_)
    file_->remove();
}

auto output_file::descriptor() const -> int { return file_ ? file_->descriptor() : STDOUT_FILENO; }

auto output_file::refuse(std::string_view what) const -> std::unexpected<failure> {
  return detail::file_failure(file_ ? file_->path() : "the standard output", what);
}

} // namespace eventcore::transfer
