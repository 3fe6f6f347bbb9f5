#include "part_writer.hpp"

namespace eventcore::transfer {

namespace {

constexpr std::size_t part_size = 2 * 1024 * 1024; // of text

} // namespace

auto part_writer::end_line() -> result<> {
  if (text_.size() < part_size) [[likely]]
    return {};
  return write_part();
}

auto part_writer::sum() -> std::string {
  sum_.add(std::string_view{text_}.substr(hashed_));
  hashed_ = text_.size();
  return sum_.text();
}

auto part_writer::finish() -> result<> {
  if (auto written = write_part(); !written)
    return written;
  return wait();
}

auto part_writer::write_part() -> result<> {
  static_cast<void>(sum());
  if (auto done = wait(); !done)
    return done;
  std::swap(text_, part_);
  text_.clear();
  hashed_ = 0;
  writing_ = std::async(std::launch::async, [this]() -> result<> {
    if (how_ == compression::none || part_.empty())
      return to_.write(part_);
    packed_.clear();
    if (auto packed = append_packed(how_, part_, packed_); !packed)
      return packed;
    return to_.write(packed_);
  });
  return {};
}

// After a failure nothing more is written: it would stand behind a part that is not whole.
auto part_writer::wait() -> result<> {
  if (writing_.valid())
    written_ = writing_.get();
  return written_;
}

} // namespace eventcore::transfer
