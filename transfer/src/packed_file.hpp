#pragma once

#include "compression.hpp"

#include "eventcore/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace eventcore::transfer {

/// A file that is read from its beginning, unpacked by what it begins with. `-` is the standard
/// input.
class packed_file {
public:
  /// What one read gave.
  struct piece {
    bool end = false;         ///< of the file
    bool part_ended = false;  ///< a gzip member or a zstd frame
    std::uint64_t offset = 0; ///< in the file, of what follows the text that was read so far;
                              ///< exact where a part ended and where nothing is packed
  };

  /// Fails with `not_found` or `store_unavailable`.
  static auto open(const std::filesystem::path& file) -> result<packed_file>;

  packed_file(packed_file&&) noexcept;
  auto operator=(packed_file&&) noexcept -> packed_file&;
  ~packed_file();

  /// Appends some text. Fails with `codec_failed` when the file is damaged or ends within a part,
  /// with `store_unavailable` when it cannot be read.
  auto read(std::string& text) -> result<piece>;

  auto packed_as() const -> compression;

private:
  class reading;

  explicit packed_file(std::unique_ptr<reading> from);

  std::unique_ptr<reading> reading_;
};

} // namespace eventcore::transfer
