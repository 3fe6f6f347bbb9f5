#pragma once

#include "checksum.hpp"
#include "compression.hpp"
#include "output_file.hpp"

#include "eventcore/failure.hpp"

#include <cstddef>
#include <future>
#include <string>

namespace eventcore::transfer {

/// Writes lines in parts of some MiB, each packed on its own: what a killed program leaves is whole
/// up to the end of its last part. Packing and writing go on in the background, one part at a time.
class part_writer {
public:
  /// `to` outlives it. `before` is of the lines that are there already.
  part_writer(output_file& to, compression how, checksum before = {})
      : to_{to}, how_{how}, sum_{std::move(before)} {}
  part_writer(const part_writer&) = delete;
  auto operator=(const part_writer&) -> part_writer& = delete;

  /// Where the next line is appended, its newline included; `end_line` is called after it.
  auto text() -> std::string& { return text_; }
  auto end_line() -> result<>;

  /// Of all lines.
  auto sum() -> std::string;

  /// Writes what is left.
  auto finish() -> result<>;

private:
  auto write_part() -> result<>;
  auto wait() -> result<>;

  output_file& to_;
  compression how_;
  checksum sum_;
  std::string text_{};
  std::size_t hashed_ = 0; // of the text
  std::string part_{};     // belongs to what is done in the background
  std::string packed_{};   // also
  result<> written_{};     // what became of the parts before
  std::future<result<>> writing_{};
};

} // namespace eventcore::transfer
