#pragma once

#include <filesystem>
#include <utility>

namespace bench {

/// An empty folder for files that are measured on; it goes with the object.
class scratch_folder {
public:
  explicit scratch_folder(std::filesystem::path path) : path_{std::move(path)} {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  scratch_folder(const scratch_folder&) = delete;
  auto operator=(const scratch_folder&) -> scratch_folder& = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  auto file() const -> std::filesystem::path { return path_ / "bench.db"; }

private:
  std::filesystem::path path_;
};

} // namespace bench
