#include "wal_keeper.hpp"

namespace eventcore::sqlite {

wal_keeper::wal_keeper(const connection_options& options, limits when, writer& pausing)
    : on_{options}, when_{when}, writer_{pausing}, due_at_{when.pages},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {}

wal_keeper::~wal_keeper() = default;

void wal_keeper::grown_to(int pages) {
  const std::lock_guard guard{guard_};
  if (pages < pages_) // the log began anew
    due_at_ = when_.pages;
  pages_ = pages;
  fresh_ = true;
  if (pages_ >= due_at_)
    changed_.notify_one();
}

void wal_keeper::run(const std::stop_token& stop) {
  std::unique_lock guard{guard_};
  while (!stop.stop_requested()) {
    changed_.wait_for(guard, stop, when_.age, [&] { return pages_ >= due_at_; });
    if (stop.stop_requested() || !fresh_)
      continue;
    fresh_ = false;
    guard.unlock();
    keep();
    guard.lock();
    due_at_ = pages_ + when_.pages;
  }
}

void wal_keeper::keep() {
  int pages = 0;
  int copied = 0;
  const auto checkpoint = [&](int mode) {
    return api::sqlite3_wal_checkpoint_v2(on_.handle(), "main", mode, &pages, &copied);
  };
  on_.wait_for_locks({});
  if (checkpoint(SQLITE_CHECKPOINT_PASSIVE) != SQLITE_OK || pages < restart_factor * when_.pages)
    return;
  // Little is left to copy now. Readers are waited for only briefly, they hold snapshots for one
  // page; the file keeps its size, because writing over old pages is cheaper to sync than growing.
  writer_.pause([&] {
    on_.wait_for_locks(std::chrono::milliseconds{50});
    static_cast<void>(checkpoint(pages < truncate_factor * when_.pages
                                   ? SQLITE_CHECKPOINT_RESTART
                                   : SQLITE_CHECKPOINT_TRUNCATE));
  });
}

} // namespace eventcore::sqlite
