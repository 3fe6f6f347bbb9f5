#include "latencies.hpp"

#include <algorithm>
#include <cmath>

namespace stress {

auto latencies::bucket_of(std::uint64_t value) -> std::size_t {
  value = std::min(value, (std::uint64_t{1} << most_bits) - 1);
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  if (bits <= fine_bits)
    return value;
  const auto shift = bits - fine_bits - 1;
  return (std::size_t{shift} << fine_bits) + (value >> shift);
}

auto latencies::upper_end(std::size_t bucket) -> std::uint64_t {
  if (bucket < (std::size_t{2} << fine_bits))
    return bucket;
  const auto shift = (bucket >> fine_bits) - 1;
  const auto fine = (bucket & ((1U << fine_bits) - 1)) + (1U << fine_bits);
  return ((fine + 1) << shift) - 1;
}

void latencies::add(std::chrono::nanoseconds took) {
  const auto value = std::max<std::int64_t>(took.count(), 0);
  counts_[bucket_of(static_cast<std::uint64_t>(value))].fetch_add(1, std::memory_order_relaxed);
  auto longest = longest_.load(std::memory_order_relaxed);
  while (value > longest
         && !longest_.compare_exchange_weak(longest, value, std::memory_order_relaxed)) {
  }
}

auto latencies::count() const -> std::uint64_t {
  std::uint64_t all = 0;
  for (const auto& one : counts_)
    all += one.load(std::memory_order_relaxed);
  return all;
}

auto latencies::quantile(double part) const -> std::chrono::nanoseconds {
  const auto wanted = std::max<std::uint64_t>(
    static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count()))), 1);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i].load(std::memory_order_relaxed);
    if (seen >= wanted)
      return std::min(std::chrono::nanoseconds{upper_end(i)}, longest());
  }
  return longest();
}

} // namespace stress
