#pragma once

#include <eventcore/event_store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// Threads that append without end, remember what they were told of every write set, and repeat
/// some of those that were said not to be written. Each write set has an event in each of two
/// streams, which are of one thread only.
class append_load {
public:
  /// The threads share the stores. They begin at once.
  append_load(std::vector<std::shared_ptr<eventcore::event_store>> stores, std::size_t threads);
  append_load(const append_load&) = delete;
  auto operator=(const append_load&) -> append_load& = delete;
  ~append_load() = default;

  /// Waits until every thread has been told that many more commits. Throws when that takes too long
  /// or a thread was told what it must not be.
  void wait_for_commits(std::size_t more);

  /// Waits until some thread is told a failure from now on.
  void wait_for_failure();

  /// Ends the threads.
  void stop();

  /// Throws unless `log` holds each commit that was told exactly once and whole, none that was said
  /// not to be written, those of unknown outcome once or not at all, and no others. After `stop`.
  void check_log(eventcore::event_store& log) const;

  /// How many write sets had an unknown outcome.
  auto unknown() const -> std::size_t;

private:
  enum class fate : std::uint8_t { committed = 1, not_written, unknown };

  void work(const std::stop_token& ending, eventcore::event_store& store, std::size_t thread);
  auto take(std::size_t thread, const eventcore::write_set& set,
            const eventcore::append_outcome& outcome) -> fate;

  const std::vector<std::shared_ptr<eventcore::event_store>> stores_;

  mutable std::mutex mutex_; // for what follows
  std::map<eventcore::commit_id, fate> told_;
  std::vector<std::size_t> commits_; // of each thread
  std::size_t failures_ = 0;
  std::size_t unknown_ = 0;
  std::string problem_;

  std::vector<std::jthread> threads_; // the last, so that they end before the rest goes
};

} // namespace support
