#pragma once

#include "eventcore/recorded_event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

namespace eventcore::memory {

/// Texts that stay where they are until the whole arena goes.
class text_arena {
public:
  auto keep(std::string_view text) -> std::string_view;

private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t next_block_ = 4096;
};

/// Hashes texts for Boost's flat containers; the standard library's hash mixes all bits well.
struct text_hash {
  using is_avalanching = void;

  auto operator()(std::string_view text) const noexcept -> std::size_t {
    return std::hash<std::string_view>{}(text);
  }
};

/// The events in the order of their positions, and their texts. Events never move: chunks double in
/// size, and their table has a fixed place, so events below a size that was read under the store's
/// lock may be read without it.
class event_log {
public:
  event_log() = default;
  event_log(const event_log&) = delete;
  auto operator=(const event_log&) -> event_log& = delete;
  ~event_log();

  auto size() const -> std::uint64_t { return size_; }

  /// The event at a position in 1 .. size.
  auto at(log_position position) const -> const recorded_event& {
    return *slot(position.value - 1);
  }

  /// Makes room for `count` more events.
  void reserve(std::uint64_t count);

  /// Writes the event that follows the log's last by `offset + 1` into reserved room; it is not in
  /// the log yet.
  auto write(std::uint64_t offset, const recorded_event& event) -> const recorded_event*;

  /// Takes the next `count` written events into the log.
  void publish(std::uint64_t count) noexcept { size_ += count; }

  auto keep(std::string_view text) -> std::string_view { return texts_.keep(text); }

  /// Keeps a text once, however often it is given.
  auto keep_once(std::string_view text) -> std::string_view;

private:
  static constexpr std::uint64_t first_chunk = 64;

  static auto chunk_of(std::uint64_t index) -> std::size_t;
  auto slot(std::uint64_t index) const -> recorded_event*;

  std::array<recorded_event*, 48> chunks_{};
  std::size_t chunk_count_ = 0;
  std::uint64_t size_ = 0;
  text_arena texts_;
  boost::unordered_flat_set<std::string_view, text_hash> once_;
};

} // namespace eventcore::memory
