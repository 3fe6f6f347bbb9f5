#pragma once

#include "command_gate.hpp"

#include "eventcore/execution.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace eventcore::actors {

/// Who is told the outcome of one command: once, whatever happens. When it goes without having been
/// used, because the actor that held it died or a message was not delivered, it says so by itself.
/// Not thread-safe; it is handed on from one owner to the next.
class reply {
public:
  using listener = std::function<void(result<executed>)>;

  /// For a command that is inside `gate`; it leaves when it is answered.
  reply(std::shared_ptr<command_gate> gate, listener told)
      : gate_{std::move(gate)}, told_{std::move(told)} {}
  reply(const reply&) = delete;
  auto operator=(const reply&) -> reply& = delete;
  ~reply();

  void answer(result<executed> outcome);

  auto is_answered() const -> bool { return !told_; }

  /// What is said when nobody answers.
  void otherwise(errc code) { otherwise_ = code; }
  void otherwise(executed done) { done_ = std::move(done); }

private:
  std::shared_ptr<command_gate> gate_;
  listener told_;
  errc otherwise_ = errc::store_unavailable;
  std::optional<executed> done_{}; ///< it is committed, whatever happens
};

} // namespace eventcore::actors
