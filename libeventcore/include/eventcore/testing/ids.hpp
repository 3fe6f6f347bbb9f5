#pragma once

#include "eventcore/ids.hpp"

#include <atomic>
#include <cstdint>

namespace eventcore::testing {

/// Ids that count up from a seed: the same seed gives the same ids in every run, two seeds never
/// give the same id. Event ids are well-formed UUIDv7 and carry the time that they are made at.
/// Thread-safe.
class sequential_ids final : public id_source {
public:
  explicit sequential_ids(std::uint32_t seed = 1) : seed_{seed} {}

  auto next_commit() -> commit_id override;
  auto next_event(timestamp now) -> event_id override;

private:
  std::uint32_t seed_;
  std::atomic<std::uint32_t> commits_{0};
  std::atomic<std::uint32_t> events_{0};
};

} // namespace eventcore::testing
