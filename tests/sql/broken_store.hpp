#pragma once

#include <eventcore/forwarding_store.hpp>

#include <atomic>
#include <cstdint>

namespace sql_tests {

namespace ec = eventcore;

/// What becomes of a transaction that fails.
enum class breakage : std::uint8_t {
  before = 1,  ///< it is not done, and the run ends
  after,       ///< it is done, and the run ends
  unavailable, ///< it is not done, and comes again
  undone,      ///< its work is done and undone, and it comes again
  unknown,     ///< it is done, which nobody is told
};

/// A store whose transaction number `at`, counted from 0, fails.
class broken_store final : public ec::forwarding_store {
public:
  broken_store(std::shared_ptr<ec::event_store> inner, int at, breakage how)
      : forwarding_store{std::move(inner)}, left_{at}, how_{how} {}

  using ec::forwarding_store::append;
  using ec::forwarding_store::read;

  auto transact(std::span<const ec::checkpoint_move> moves, const ec::transaction_work& work)
    -> ec::result<> override {
    if (left_-- != 0)
      return inner_->transact(moves, work);
    if (how_ == breakage::before)
      return ec::fail(ec::errc::shutting_down, "broken before");
    if (how_ == breakage::unavailable)
      return ec::fail(ec::errc::store_unavailable, "away");
    auto done = inner_->transact(moves, how_ == breakage::undone ? undo(work) : work);
    if (done)
      return ec::fail(how_ == breakage::after ? ec::errc::shutting_down : ec::errc::outcome_unknown,
                      "broken after");
    return done;
  }

  auto was_reached() const -> bool { return left_ < 0; }

private:
  static auto undo(const ec::transaction_work& work) -> ec::transaction_work {
    return [work](ec::transaction& within) -> ec::result<> {
      if (auto done = work ? work(within) : ec::result<>{}; !done)
        return done;
      return ec::fail(ec::errc::store_unavailable, "undone");
    };
  }

  std::atomic<int> left_;
  const breakage how_;
};

} // namespace sql_tests
