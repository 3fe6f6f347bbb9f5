#include "page_texts.hpp"

#include <algorithm>
#include <cstring>

namespace eventcore::sqlite {

auto page_texts::keep(std::string_view text) -> std::string_view {
  constexpr std::size_t largest_block = 256 * 1024;
  if (text.empty())
    return {};
  if (text.size() > left_) {
    const auto alone = text.size() > next_block_ / 4;
    const auto size = alone ? text.size() : next_block_;
    auto* begin = blocks_.emplace_back(std::make_unique_for_overwrite<char[]>(size)).get();
    next_block_ = std::min(next_block_ * 2, largest_block);
    if (alone) { // the rest of the current block stays for smaller texts
      std::memcpy(begin, text.data(), text.size());
      return {begin, text.size()};
    }
    free_ = begin;
    left_ = size;
  }
  auto* begin = free_;
  std::memcpy(begin, text.data(), text.size());
  free_ += text.size();
  left_ -= text.size();
  return {begin, text.size()};
}

auto page_texts::keep_once(std::string_view text) -> std::string_view {
  constexpr std::size_t most = 8; // a longer list costs more than the copies that it saves
  if (const auto known = std::ranges::find(recent_, text); known != recent_.end())
    return *known;
  const auto kept = keep(text);
  if (recent_.size() < most)
    recent_.push_back(kept);
  else
    recent_[oldest_++ % most] = kept;
  return kept;
}

} // namespace eventcore::sqlite
