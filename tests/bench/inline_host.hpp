#pragma once

#include "clients.hpp"

#include <eventcore/execute.hpp>

namespace stress {

/// Executes commands at once, on the thread that sends them: a runtime without actors.
inline auto execute_inline(ec::event_store& store) -> send_command {
  return [&store](const ec::any_command& command, const on_done& done) {
    done(ec::execute(store, command));
  };
}

} // namespace stress
