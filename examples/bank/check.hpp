#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace bank {

/// One question to the books and what speaks against a good answer. Keeps the first few problems only.
class check {
public:
  template <class... Args>
  void require(bool good, fmt::format_string<Args...> problem, Args&&... args) {
    constexpr std::uint64_t most_told = 5;
    if (!good && ++problems_ <= most_told)
      told_ += fmt::format("\n       {}", fmt::format(problem, std::forward<Args>(args)...));
  }

  /// Prints the line of this check, with its problems below it. True when there are none.
  template <class... Args>
  auto print(fmt::format_string<Args...> what, Args&&... args) const -> bool {
    const auto text = fmt::format(what, std::forward<Args>(args)...);
    if (problems_ == 0)
      fmt::print("ok     {}\n", text);
    else
      fmt::print("WRONG  {}: {} found{}\n", text, problems_, told_);
    return problems_ == 0;
  }

private:
  std::uint64_t problems_ = 0;
  std::string told_;
};

} // namespace bank
