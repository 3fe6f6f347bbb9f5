#pragma once

#include "eventcore/detail/partial_file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace eventcore::transfer {

/// Where an export or an archive is written: a partial file, which stays for the next time when it
/// was not finished, or the standard output (`-`).
class output_file {
public:
  /// Fails as `partial_file::open`.
  static auto open(const std::filesystem::path& file) -> result<output_file>;

  /// Where it is written; `-` is the standard output.
  auto partial() const -> const std::filesystem::path&;
  auto is_stream() const -> bool { return !file_; }

  /// Leaves the first `size` bytes, and goes on after them.
  auto cut(std::uint64_t size) -> result<>;

  auto write(std::string_view bytes) -> result<>;

  /// As `partial_file::put_in_place`.
  auto finish() -> result<>;

  /// Gives up: nothing is left of it.
  void remove();

private:
  explicit output_file(std::optional<detail::partial_file> file) : file_{std::move(file)} {}

  auto descriptor() const -> int;
  auto refuse(std::string_view what) const -> std::unexpected<failure>;

  std::optional<detail::partial_file> file_; // none is the standard output
};

} // namespace eventcore::transfer
