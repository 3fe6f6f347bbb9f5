#pragma once

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

namespace eventcore::actors {

/// Ends an actor before it looks at what else is in its mailbox.
template <class Handle>
void end_now(const Handle& whom) {
  caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(whom),
                                              caf::exit_msg{{}, caf::exit_reason::kill});
}

} // namespace eventcore::actors
