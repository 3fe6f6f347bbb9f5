#include "scheduler_thread.hpp"

#include <array>
#include <pthread.h>

#include <fmt/format.h>

namespace eventcore::actors {

// CAF gives the threads of its scheduler this name.
auto is_scheduler_thread() -> bool {
  std::array<char, 16> name{};
  return pthread_getname_np(pthread_self(), name.data(), name.size()) == 0
         && std::string_view{name.data()} == "caf.multiplexer";
}

auto may_block(std::string_view what, std::string_view instead) -> result<> {
  if (is_scheduler_thread())
    return fail(errc::invalid_argument,
                fmt::format("{} was called on a thread of the actor system, which it would block; "
                            "{}",
                            what, instead));
  return {};
}

} // namespace eventcore::actors
