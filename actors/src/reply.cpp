#include "reply.hpp"

#include <utility>

namespace eventcore::actors {

namespace {

auto unanswered(errc code, bool stopping) -> failure {
  if (code == errc::outcome_unknown)
    return {code, "the part of the runtime that executed the command ended after the command was "
                  "sent to the store: it may or may not be written; look, or repeat it under the "
                  "same request id"};
  if (stopping)
    return {errc::shutting_down, "the runtime stopped before the command was decided; nothing was "
                                 "written"};
  return {code, "the part of the runtime that executed the command ended before the command was "
                "sent to the store; nothing was written, execute it again"};
}

} // namespace

reply::~reply() {
  if (told_ && done_)
    answer(std::move(*done_));
  else if (told_)
    answer(std::unexpected{unanswered(otherwise_, gate_->is_closed())});
}

void reply::answer(result<executed> outcome) {
  const auto told = std::exchange(told_, nullptr);
  if (!told)
    return;
  // It has ended before it is told: who is told may execute the next.
  gate_->leave();
  told(std::move(outcome));
}

} // namespace eventcore::actors
