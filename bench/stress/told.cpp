#include "told.hpp"

#include <cstring>
#include <span>

namespace stress {

namespace {

/// The mixing function of splitmix64.
auto mix(std::uint64_t value) -> std::uint64_t {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

} // namespace

auto tally::operator+=(const tally& other) -> tally& {
  succeeded += other.succeeded;
  rejected += other.rejected;
  overloaded += other.overloaded;
  unknown += other.unknown;
  failed += other.failed;
  retries += other.retries;
  events += other.events;
  commits += other.commits;
  return *this;
}

auto told::sum(std::size_t first, std::size_t count) const -> tally {
  tally all;
  for (const auto& one : std::span{clients}.subspan(first, count))
    all += one;
  return all;
}

auto fingerprint(const ec::commit_id& commit, ec::log_position first, std::uint64_t count)
  -> std::uint64_t {
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof commit.bytes);
  std::memcpy(halves, commit.bytes.data(), sizeof halves);
  return mix(mix(mix(mix(halves[0]) ^ halves[1]) ^ first.value) ^ count);
}

} // namespace stress
