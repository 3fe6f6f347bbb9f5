#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace stress {

/// Counts durations from 1 ns to 18 minutes in buckets that are at most 0.4 % wide; the longest one is exact. Takes them
/// from any thread.
class latencies {
public:
  void add(std::chrono::nanoseconds took);

  auto count() const -> std::uint64_t;

  /// The duration that this part (0 to 1) of all stays within: the upper end of its bucket, never more than the longest;
  /// 0 when there is none.
  auto quantile(double part) const -> std::chrono::nanoseconds;

  auto longest() const -> std::chrono::nanoseconds {
    return std::chrono::nanoseconds{longest_.load(std::memory_order_relaxed)};
  }

private:
  // Values below 512 have a bucket each; from there on each power of two has 256.
  static constexpr unsigned fine_bits = 8;
  static constexpr unsigned most_bits = 40;
  static constexpr std::size_t buckets = (most_bits - fine_bits + 1) << fine_bits;

  static auto bucket_of(std::uint64_t value) -> std::size_t;
  static auto upper_end(std::size_t bucket) -> std::uint64_t;

  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
  std::atomic<std::int64_t> longest_{0};
};

} // namespace stress
