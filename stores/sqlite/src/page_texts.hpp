#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace eventcore::sqlite {

/// Keeps the texts of one page in few blocks of memory.
class page_texts {
public:
  auto keep(std::string_view text) -> std::string_view;

  /// Keeps a text that most likely was given before.
  auto keep_once(std::string_view text) -> std::string_view;

private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t next_block_ = 2048;
  std::vector<std::string_view> recent_;
  std::size_t oldest_ = 0;
};

} // namespace eventcore::sqlite
