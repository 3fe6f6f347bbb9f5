#pragma once

#include <cstdint>

namespace eventcore::postgres {

/// Notes, as long as it lives, that its thread does work within a transaction of a store, so that the
/// store knows when that work calls it.
class working_thread {
public:
  enum class access : std::uint8_t { looks = 1, writes };

  working_thread(const void* store, access what);
  working_thread(const working_thread&) = delete;
  auto operator=(const working_thread&) -> working_thread& = delete;
  ~working_thread();

  /// How many connections of `store` the work on this thread holds.
  static auto connections_of(const void* store) -> int;

  /// Whether a transaction of `store` that writes is open on this thread.
  static auto writes_to(const void* store) -> bool;

private:
  const void* const store_;
  const access what_;
  const working_thread* const around_; ///< the work that this one is within
};

} // namespace eventcore::postgres
