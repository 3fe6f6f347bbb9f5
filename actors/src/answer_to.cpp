#include "answer_to.hpp"

#include <utility>

#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>

namespace eventcore::actors {

auto answer_to(const caf::response_promise& asked, caf::strong_actor_ptr by)
  -> std::function<void(result<executed>)> {
  return [asked_by = asked.source(), id = asked.id(), stages = asked.stages(),
          by = std::move(by)](result<executed> outcome) mutable {
    auto told = outcome ? caf::make_message(std::move(*outcome))
                        : caf::make_message(to_error(outcome.error()));
    if (!stages.empty()) { // of composed actors, the next of which takes the request over
      const auto next = std::move(stages.back());
      stages.pop_back();
      next->enqueue(caf::make_mailbox_element(asked_by, id, std::move(stages), std::move(told)),
                    nullptr);
    } else if (asked_by) {
      asked_by->enqueue(by, id.response_id(), std::move(told), nullptr);
    }
  };
}

} // namespace eventcore::actors
