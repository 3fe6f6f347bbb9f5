#pragma once

#include <eventcore/forwarding_store.hpp>

#include <atomic>

namespace sql_tests {

namespace ec = eventcore;

/// A store whose transaction number `at`, counted from 0, fails: before it is done, or after.
class broken_store final : public ec::forwarding_store {
public:
  broken_store(std::shared_ptr<eventcore::event_store> inner, int at, bool after)
      : forwarding_store{std::move(inner)}, left_{at}, after_{after} {}

  using ec::forwarding_store::append;
  using ec::forwarding_store::read;

  auto transact(std::span<const eventcore::checkpoint_move> moves,
                const eventcore::transaction_work& work) -> eventcore::result<> override {
    const bool breaks = left_-- == 0;
    if (breaks && !after_)
      return eventcore::fail(eventcore::errc::shutting_down, "broken before");
    auto done = inner_->transact(moves, work);
    if (breaks && done)
      return eventcore::fail(eventcore::errc::shutting_down, "broken after");
    return done;
  }

  auto was_reached() const -> bool { return left_ < 0; }

private:
  std::atomic<int> left_;
  const bool after_;
};

} // namespace sql_tests
