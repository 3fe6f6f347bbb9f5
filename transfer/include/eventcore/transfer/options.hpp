#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

namespace eventcore {

/// How long work on files goes on, and who is told of it.
struct transfer_options {
  /// Told from time to time, on the calling thread, how many events of how many are done.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};

  /// Told likewise of what comes before that: how many events of a file were read to see whether it
  /// is whole, or written to a new archive. The total is 0 where it is not known.
  std::function<void(std::uint64_t done, std::uint64_t total)> preparing{};

  /// Ends the work in good order with `shutting_down`; the same call goes on later.
  std::stop_token stop{};
};

} // namespace eventcore
