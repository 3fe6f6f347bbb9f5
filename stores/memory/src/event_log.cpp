#include "event_log.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <type_traits>

namespace eventcore::memory {

static_assert(std::is_trivially_copyable_v<recorded_event>
                && std::is_trivially_destructible_v<recorded_event>,
              "chunks are raw memory: events are neither moved nor destroyed one by one");

auto text_arena::keep(std::string_view text) -> std::string_view {
  constexpr std::size_t largest_block = 256 * 1024;
  if (text.empty())
    return {};
  if (text.size() > left_) {
    const auto alone = text.size() > next_block_ / 4;
    const auto size = alone ? text.size() : next_block_;
    auto block = std::make_unique_for_overwrite<char[]>(size);
    auto* begin = block.get();
    blocks_.push_back(std::move(block));
    if (alone) { // the rest of the current block is not wasted on a text that fills one by itself
      std::memcpy(begin, text.data(), text.size());
      return {begin, text.size()};
    }
    free_ = begin;
    left_ = size;
    next_block_ = std::min(next_block_ * 2, largest_block);
  }
  auto* begin = free_;
  std::memcpy(begin, text.data(), text.size());
  free_ += text.size();
  left_ -= text.size();
  return {begin, text.size()};
}

event_log::~event_log() {
  for (std::size_t chunk = 0; chunk < chunk_count_; ++chunk)
    ::operator delete(chunks_[chunk]);
}

auto event_log::chunk_of(std::uint64_t index) -> std::size_t {
  return static_cast<std::size_t>(std::bit_width(index / first_chunk + 1) - 1);
}

auto event_log::slot(std::uint64_t index) const -> recorded_event* {
  const auto chunk = chunk_of(index);
  return chunks_[chunk] + (index + first_chunk - (first_chunk << chunk));
}

void event_log::reserve(std::uint64_t count) {
  if (count == 0)
    return;
  for (const auto last = chunk_of(size_ + count - 1); chunk_count_ <= last; ++chunk_count_)
    chunks_.at(chunk_count_) = static_cast<recorded_event*>(
      ::operator new((first_chunk << chunk_count_) * sizeof(recorded_event)));
}

auto event_log::write(std::uint64_t offset, const recorded_event& event) -> const recorded_event* {
  return std::construct_at(slot(size_ + offset), event);
}

auto event_log::keep_once(std::string_view text) -> std::string_view {
  if (const auto known = once_.find(text); known != once_.end())
    return *known;
  return *once_.insert(texts_.keep(text)).first;
}

} // namespace eventcore::memory
