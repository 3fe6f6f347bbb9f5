#pragma once

#include "eventcore/forwarding_store.hpp"

#include <cstddef>
#include <memory>

namespace eventcore {

/// How much of the log is kept in memory, and how much of it is read at once.
struct recent_log_settings {
  std::size_t events = 64 * 1024;
  std::size_t bytes = 64 * 1024 * 1024; ///< of about what the events take
  page_bounds page{.events = 4096, .bytes = 8 * 1024 * 1024};
};

/// A store with the newest events of its log in memory, for many who read at the log's head: what
/// was committed, by this program or another, is read from the store once for all of them.
///
/// All calls go to the store, except forward reads of the log that begin among the events in memory.
/// Such a read waits until what follows them was read from the store, by itself or by another read
/// that waits; this is done after it was called, so it gives what the store itself would give, with
/// the same bounds. Only one that asks for nothing beyond what is in memory (`read_log::before`) is
/// answered at once, and with a head that may be older. Readers who are far behind read the store,
/// with their own filter.
///
/// With each of its reads it looks whether the store's log still has the event up to which it has
/// read; when it does not (an older backup was restored), all that is in memory is dropped. Pages
/// share the memory of the events in them.
class recent_log final : public forwarding_store {
public:
  /// `inner` is not null. Bounds of 0 count as 1.
  explicit recent_log(std::shared_ptr<event_store> inner, const recent_log_settings& settings = {});
  ~recent_log() override;

  using event_store::append;
  using forwarding_store::read;

  auto read(const read_log& query) -> result<log_page> override;
  auto head() -> result<log_head> override;
  auto await(log_position known, std::chrono::milliseconds patience) -> result<log_head> override;

private:
  class shared_reads;

  auto pass_on(const read_log& query) -> result<log_page>;

  const std::unique_ptr<shared_reads> reads_;
};

} // namespace eventcore
