#pragma once

#include "connector.hpp"
#include "reader_pool.hpp"

#include "eventcore/detail/head_watch.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace eventcore::postgres {

/// Watches for commits of other programs while somebody waits for one, on a thread and a connection
/// of its own: it is told of them by the server, and looks at the log head from time to time as
/// well. While its connection is away it looks through the pool.
class listener {
public:
  listener(connector& from, reader_pool& readers, std::chrono::milliseconds poll_interval,
           detail::head_watch& watch);
  listener(const listener&) = delete;
  auto operator=(const listener&) -> listener& = delete;
  ~listener();

  /// Says that somebody waits, as long as it lives.
  class waiting {
  public:
    explicit waiting(listener& on) : on_{on} { ++on_.waiting_; }
    waiting(const waiting&) = delete;
    auto operator=(const waiting&) -> waiting& = delete;
    ~waiting() { --on_.waiting_; }

  private:
    listener& on_;
  };

private:
  class wake_up {
  public:
    wake_up();
    wake_up(const wake_up&) = delete;
    auto operator=(const wake_up&) -> wake_up& = delete;
    ~wake_up();

    void call() const;
    auto descriptor() const -> int { return descriptor_; }

  private:
    int descriptor_;
  };

  void run(const std::stop_token& stop);
  void listen();
  void look_through_pool() const noexcept;
  auto wait(std::chrono::milliseconds longest) -> bool;
  auto take_notices() -> bool;

  connector& from_;
  reader_pool& readers_;
  const std::chrono::milliseconds poll_interval_;
  detail::head_watch& watch_;
  std::atomic<int> waiting_ = 0;
  wake_up stopping_;
  std::unique_ptr<connection> on_; // of the thread, which comes last
  std::jthread thread_;
};

} // namespace eventcore::postgres
