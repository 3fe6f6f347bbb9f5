#pragma once

#include "clients.hpp"

namespace stress {

/// One closed loop. Only one thread at a time is in it: whoever sends its command, or whoever answers it.
class client {
public:
  client(clients& all, std::size_t index, std::uint64_t seed)
      : all_{all}, place_{.index = index, .random = std::mt19937_64{seed + index}} {}

  /// Sends the next command, if there is one.
  void go_on();

  auto told() const -> const tally& { return told_; }

private:
  struct inside {
    client* who = nullptr;
    bool* answered_at_once = nullptr;
  };

  void take(const ec::result<ec::executed>& outcome);

  static thread_local inside sending; // the client that is in `send_` on this thread

  clients& all_;
  client_place place_;
  tally told_;
  std::chrono::steady_clock::time_point sent_at_{};
};

} // namespace stress
