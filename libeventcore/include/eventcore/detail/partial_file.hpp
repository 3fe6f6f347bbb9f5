#pragma once

#include "eventcore/failure.hpp"

#include <filesystem>
#include <string_view>

namespace eventcore::detail {

/// A file while it is made: it is written as NAME.partial and gets its name once it is whole and
/// durable. One program at a time has it. Not for threads that share it.
class partial_file {
public:
  /// What becomes of the partial file with the object, unless it was put in its place.
  enum class when_left { removed, kept };

  /// Opens the partial file for writing, or makes it; it may hold what another program left. Fails
  /// with `invalid_argument` when there is a file NAME, or another program writes it, with
  /// `store_unavailable` when it cannot be made.
  static auto open(const std::filesystem::path& name, when_left then) -> result<partial_file>;

  partial_file(const partial_file&) = delete;
  partial_file(partial_file&& other) noexcept;
  auto operator=(const partial_file&) -> partial_file& = delete;
  auto operator=(partial_file&&) -> partial_file& = delete;
  ~partial_file();

  /// Of the partial file.
  auto path() const -> const std::filesystem::path& { return path_; }
  auto descriptor() const -> int { return descriptor_; }

  /// Makes it durable and gives it its name, in place of no other file. When it cannot be made
  /// durable nothing is left of it.
  auto put_in_place() -> result<>;

  void remove();

private:
  partial_file(std::filesystem::path name, std::filesystem::path path, int descriptor,
               when_left then);

  std::filesystem::path name_;
  std::filesystem::path path_;
  int descriptor_; // -1 when it was moved from
  when_left then_;
};

/// Makes a file that is there durable, and its name.
auto make_durable(const std::filesystem::path& file) -> result<>;

/// What a call that has just set `errno` could not do with a file, and what to do next.
auto file_failure(const std::filesystem::path& file, std::string_view what)
  -> std::unexpected<failure>;

} // namespace eventcore::detail
