#pragma once

#include "eventcore/applier.hpp"
#include "eventcore/log_batch.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace eventcore {

/// Reads the next page of a run before its turn, on a thread that stays from page to page: the
/// kernel likes to put one that is new on the processor which its beginner keeps busy, and then
/// nothing is won. Its functions are called by one thread at a time.
class page_ahead {
public:
  struct page {
    result<log_batch> batch;
    std::shared_ptr<prepared_events> prepared; ///< by the applier
  };

  /// Both outlive this.
  page_ahead(event_store& store, const applier& into) : store_{store}, into_{into} {}

  /// Begins to read, once the page before was taken. Does nothing when no thread is to be had.
  void begin(batch_query query);

  /// Waits for the page that was begun. Nothing when there is none that follows this checkpoint.
  auto take(const checkpoint& after) -> std::optional<page>;

  /// Ends the thread, and forgets a page that was begun. Another one may be begun.
  void end();

private:
  void run(const std::stop_token& stop);
  auto read(const batch_query& query, const std::stop_token& stop) const -> page;

  event_store& store_;
  const applier& into_;
  std::optional<checkpoint> begun_; // what the page follows

  std::mutex guard_; // of the three below
  std::condition_variable_any changed_;
  std::optional<batch_query> wanted_;
  std::optional<page> ready_;
  bool is_reading_ = false;

  std::jthread thread_; // ends before the others go
};

} // namespace eventcore
