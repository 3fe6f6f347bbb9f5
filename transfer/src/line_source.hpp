#pragma once

#include "checksum.hpp"
#include "packed_file.hpp"

#include "eventcore/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace eventcore::transfer {

/// The lines of a file that this library wrote, with the checksum of those that were given.
class line_source {
public:
  static auto open(const std::filesystem::path& file) -> result<line_source>;

  /// The next line without its end, valid until the next call; nothing after the last one. Each
  /// line ends with a newline; one that does not was cut off (`codec_failed`).
  auto next() -> result<std::optional<std::string_view>>;

  /// Lets `next` give the same line again.
  void repeat() { repeated_ = true; }

  /// Of all lines before the one that was given last.
  auto sum() -> const checksum&;

  /// Puts the file's name and the number of the line that was given last before a text.
  auto refuse(std::string_view reason) const -> failure;

  auto name() const -> const std::string& { return name_; }

private:
  line_source(std::string name, packed_file from)
      : name_{std::move(name)}, from_{std::move(from)} {}

  auto more() -> result<>;

  std::string name_;
  packed_file from_;
  std::string text_{};
  std::size_t begin_ = 0;  // of the line that was given last
  std::size_t past_ = 0;   // behind its newline
  std::size_t hashed_ = 0; // all before is in the sum
  std::uint64_t number_ = 0;
  bool at_end_ = false;
  bool repeated_ = false;
  checksum sum_{};
};

} // namespace eventcore::transfer
