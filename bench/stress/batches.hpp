#pragma once

#include <eventcore/actors/observer.hpp>

#include <atomic>
#include <cstdint>

namespace stress {

/// Counts what the runtime does beside answering. Batches that committed no event (answers only) are no transactions to
/// compare with.
class batches final : public eventcore::observer {
public:
  void on(const eventcore::command_ended&) override {}
  void on(const eventcore::command_retried& again) override {
    (again.cascade ? cascades_ : retries_).fetch_add(1, std::memory_order_relaxed);
  }
  void on(const eventcore::batch_ended& batch) override {
    if (batch.events == 0)
      return;
    count_.fetch_add(1, std::memory_order_relaxed);
    events_.fetch_add(batch.events, std::memory_order_relaxed);
  }

  auto count() const -> std::uint64_t { return count_.load(); }
  auto events() const -> std::uint64_t { return events_.load(); }
  auto retries() const -> std::uint64_t { return retries_.load(); }
  auto cascades() const -> std::uint64_t { return cascades_.load(); }

  /// Events in a transaction, on average; 0 when there was none.
  auto rows() const -> double {
    return count() == 0 ? 0 : static_cast<double>(events()) / static_cast<double>(count());
  }

private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::uint64_t> cascades_{0};
};

} // namespace stress
