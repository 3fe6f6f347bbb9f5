#include "command_gate.hpp"

#include <fmt/format.h>

namespace eventcore::actors {

auto command_gate::enter() -> result<> {
  const auto before = inside_.fetch_add(1);
  if (is_closed()) {
    leave();
    return fail(errc::shutting_down, "the runtime is stopping and takes no more commands; nothing "
                                     "was written");
  }
  if (before >= most_) {
    leave();
    return fail(errc::overloaded,
                fmt::format("{} commands are in flight, as many as "
                            "eventcore.commands.max-in-flight allows; nothing was written: let "
                            "some end first",
                            before));
  }
  return {};
}

void command_gate::leave() {
  if (inside_.fetch_sub(1) == 1 && is_closed()) {
    const std::lock_guard guard{mutex_}; // so that it is not missed between a look and a wait
    left_.notify_all();
  }
}

void command_gate::close() { closed_ = true; }

auto command_gate::wait_until_empty(std::chrono::milliseconds longest) -> bool {
  std::unique_lock guard{mutex_};
  return left_.wait_for(guard, longest, [this] { return inside_ == 0; });
}

} // namespace eventcore::actors
