#include "eventcore/recent_log.hpp"

#include "recent_events.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace eventcore {

namespace {

auto at_least_1(page_bounds bounds) -> page_bounds {
  return {std::max<std::size_t>(bounds.events, 1), std::max<std::size_t>(bounds.bytes, 1)};
}

} // namespace

/// The recent events, and the reads that bring more of them, one at a time. Thread-safe.
class recent_log::shared_reads {
public:
  shared_reads(event_store& store, const recent_log_settings& settings)
      : store_{store}, kept_{at_least_1({settings.events, settings.bytes})},
        page_{at_least_1({std::min(settings.page.events, kept_.events),
                          std::min(settings.page.bytes, kept_.bytes)})},
        recent_{kept_} {}

  /// The store said that its log stands there.
  void saw(const log_head& head) {
    const std::lock_guard lock{mutex_};
    seen_ = head.position;
  }

  /// The page, when it is for the recent events to give; nothing when the store is to be read.
  auto find(const read_log& query) -> result<std::optional<log_page>> {
    std::unique_lock lock{mutex_};
    if (recent_.covers(query.after) && query.before.value <= recent_.end().value + 1)
      return give(lock, query);
    // A read that is under way may have begun before a commit that the caller knows of.
    for (auto wanted = begun_ + 1;; wanted = ended_ + 1) {
      const auto here = wait_for(lock, wanted, query.after);
      if (!here)
        return std::unexpected{here.error()};
      if (!*here)
        return std::nullopt;
      if (auto page = give(lock, query))
        return page;
      lock.lock();
    }
  }

private:
  enum class plan : std::uint8_t {
    leave = 1, ///< the store is to be read
    extend,    ///< read what follows the recent events
    restart,   ///< begin them anew where the reader is
  };

  auto lag_of(log_position at) const -> std::uint64_t {
    return *seen_ > at ? seen_->value - at.value : 0;
  }

  // What a reader who is at `after` should do.
  auto plan_for(log_position after) const -> plan {
    if (!seen_)
      return plan::leave;
    if (recent_.is_begun()) {
      if (after < recent_.begin())
        return plan::leave;
      // Those who are ahead of the recent events read the store until these are about there.
      const auto most = after <= recent_.end() ? kept_.events : page_.events;
      if (lag_of(recent_.end()) <= most)
        return plan::extend;
    }
    return lag_of(after) <= page_.events ? plan::restart : plan::leave;
  }

  // Until the read number `wanted` has ended, by doing it where nobody else does. False when the
  // reader is to read the store by itself.
  auto wait_for(std::unique_lock<std::mutex>& lock, std::uint64_t wanted, log_position after)
    -> result<bool> {
    while (ended_ < wanted) {
      if (begun_ > ended_) {
        changed_.wait(lock);
        continue;
      }
      const auto next = plan_for(after);
      if (next == plan::leave) {
        // What the reader finds may be another log, which must not be compared with an old one.
        if (recent_.covers(after))
          recent_.drop();
        return false;
      }
      read_store(lock, next, after);
    }
    if (trouble_)
      return std::unexpected{*trouble_};
    return recent_.covers(after);
  }

  void read_store(std::unique_lock<std::mutex>& lock, plan next, log_position after) {
    const auto query =
      next == plan::extend ? recent_.next(page_) : read_log{.after = after, .page = page_};
    ++begun_;
    lock.unlock();
    try {
      auto page = store_.read(query);
      lock.lock();
      end_read(std::move(page), next, after);
    } catch (...) { // those who wait must not wait for ever
      if (!lock.owns_lock())
        lock.lock();
      recent_.drop();
      end_read(fail(errc::store_unavailable,
                    "another read of the log, which this one waited for, threw; try again"),
               next, after);
      throw;
    }
  }

  void end_read(result<log_page> page, plan next, log_position after) {
    trouble_.reset();
    if (!page) {
      trouble_ = std::move(page.error());
    } else {
      seen_ = page->head.position;
      if (next == plan::extend)
        recent_.extend(std::move(*page));
      else
        recent_.restart(after, std::move(*page));
    }
    ended_ = begun_;
    changed_.notify_all();
  }

  // Events are looked through with the lock let go.
  auto give(std::unique_lock<std::mutex>& lock, const read_log& query) const
    -> std::optional<log_page> {
    const auto from = recent_.extract(query);
    lock.unlock();
    return page_of(query, from);
  }

  event_store& store_;
  const page_bounds kept_;
  const page_bounds page_;

  std::mutex mutex_; // for what follows
  std::condition_variable changed_;
  recent_events recent_;
  std::optional<log_position> seen_; // the log's head, as the store last told it
  std::uint64_t begun_ = 0;          // reads of the store, of which one at most has not ended
  std::uint64_t ended_ = 0;
  std::optional<failure> trouble_; // of the last one that ended
};

recent_log::recent_log(std::shared_ptr<event_store> inner, const recent_log_settings& settings)
    : forwarding_store{std::move(inner)},
      reads_{std::make_unique<shared_reads>(*inner_, settings)} {}

recent_log::~recent_log() = default;

auto recent_log::read(const read_log& query) -> result<log_page> {
  if (auto valid = validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  if (query.direction == direction::backwards)
    return pass_on(query);
  auto found = reads_->find(query);
  if (!found)
    return std::unexpected{std::move(found.error())};
  return *found ? result<log_page>{std::move(**found)} : pass_on(query);
}

auto recent_log::pass_on(const read_log& query) -> result<log_page> {
  auto page = inner_->read(query);
  if (page)
    reads_->saw(page->head);
  return page;
}

auto recent_log::head() -> result<log_head> {
  auto head = inner_->head();
  if (head)
    reads_->saw(*head);
  return head;
}

auto recent_log::await(log_position known, std::chrono::milliseconds patience) -> result<log_head> {
  auto head = inner_->await(known, patience);
  if (head)
    reads_->saw(*head);
  return head;
}

} // namespace eventcore
