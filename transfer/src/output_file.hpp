#pragma once

#include "eventcore/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace eventcore::transfer {

/// A file while it is written: under its name with `.partial` behind it until `finish`, so that
/// whatever has its own name is whole. `-` is the standard output. One program at a time writes it.
class output_file {
public:
  /// Opens the partial file, or makes it. Fails with `invalid_argument` when the file exists, or
  /// another program writes it.
  static auto open(const std::filesystem::path& file) -> result<output_file>;

  output_file(const output_file&) = delete;
  output_file(output_file&& other) noexcept;
  auto operator=(const output_file&) -> output_file& = delete;
  auto operator=(output_file&&) -> output_file& = delete;
  ~output_file();

  /// Where it is written; `-` is the standard output.
  auto partial() const -> const std::filesystem::path& { return partial_; }
  auto is_stream() const -> bool { return partial_ == "-"; }

  /// Leaves the first `size` bytes, and goes on after them.
  auto cut(std::uint64_t size) -> result<>;

  auto write(std::string_view bytes) -> result<>;

  /// Makes all that was written durable and gives it its name.
  auto finish() -> result<>;

  /// Gives up: nothing is left of it.
  void remove();

private:
  output_file(std::filesystem::path file, std::filesystem::path partial, int descriptor)
      : file_{std::move(file)}, partial_{std::move(partial)}, descriptor_{descriptor} {}

  auto refuse(std::string_view what) const -> std::unexpected<failure>;

  std::filesystem::path file_;
  std::filesystem::path partial_;
  int descriptor_;
};

/// Makes what a folder lists durable.
auto sync_folder_of(const std::filesystem::path& file) -> result<>;

} // namespace eventcore::transfer
