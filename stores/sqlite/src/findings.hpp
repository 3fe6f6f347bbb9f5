#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace eventcore::sqlite {

/// Bytes as people read them.
inline auto hex_of(std::string_view bytes) -> std::string {
  std::string hex;
  for (const auto byte : bytes)
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

/// Texts of problems, at most 100 of a sort. A sort is the message that its gaps are filled in.
class findings {
public:
  template <class... Args>
  void add(fmt::format_string<Args...> message, Args&&... args) {
    constexpr std::size_t most = 100;
    const auto text = fmt::string_view{message};
    if (++counts_[text.data()] <= most)
      found_.push_back(fmt::format(message, std::forward<Args>(args)...));
  }

  auto take() -> std::vector<std::string> { return std::move(found_); }

private:
  std::map<const void*, std::size_t> counts_;
  std::vector<std::string> found_;
};

} // namespace eventcore::sqlite
