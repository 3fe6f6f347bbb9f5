#include "line_source.hpp"

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

// Payloads are bounded by what a store takes: a blob of 1 GB, here in base64. A file of something else
// may have no lines at all.
constexpr std::size_t longest_first_line = 16UL * 1024 * 1024;
constexpr std::size_t longest_line = 2UL * 1024 * 1024 * 1024;

} // namespace

auto line_source::open(const std::filesystem::path& file) -> result<line_source> {
  auto from = packed_file::open(file);
  if (!from)
    return std::unexpected{std::move(from.error())};
  return line_source{file == "-" ? "the standard input" : file.string(), std::move(*from)};
}

auto line_source::next() -> result<std::optional<std::string_view>> {
  const auto line = [&] { return std::string_view{text_}.substr(begin_, past_ - begin_ - 1); };
  if (repeated_) {
    repeated_ = false;
    return line();
  }
  begin_ = past_;
  ++number_;
  for (auto searched = begin_;;) {
    const auto end = text_.find('\n', searched);
    if (end != std::string::npos) {
      past_ = end + 1;
      return line();
    }
    if (at_end_) {
      if (begin_ == text_.size())
        return std::nullopt;
      return std::unexpected{refuse("it is cut off; get a whole copy of the file")};
    }
    const auto length = text_.size() - begin_;
    if (length > (number_ == 1 ? longest_first_line : longest_line))
      return std::unexpected{refuse("it is too long; this is no file of an event log")};
    if (auto read = more(); !read)
      return std::unexpected{std::move(read.error())};
    searched = begin_ + length;
  }
}

auto line_source::more() -> result<> {
  static_cast<void>(sum());
  text_.erase(0, begin_);
  begin_ = past_ = hashed_ = 0;
  const auto piece = from_.read(text_);
  if (!piece)
    return std::unexpected{piece.error()};
  at_end_ = piece->end;
  return {};
}

auto line_source::sum() -> const checksum& {
  sum_.add(std::string_view{text_}.substr(hashed_, begin_ - hashed_));
  hashed_ = begin_;
  return sum_;
}

auto line_source::refuse(std::string_view reason) const -> failure {
  return {errc::codec_failed, fmt::format("{}, line {}: {}", name_, number_, reason)};
}

} // namespace eventcore::transfer
