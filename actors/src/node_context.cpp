#include "node_context.hpp"

#include "logging.hpp"

namespace eventcore::actors {

void note_retry(const node_context& node, const retry& again) {
  log_retried(*node.log, again);
  node.watching->on(command_retried{.command = again.command, .why = again.why.code});
}

void note_store_failed(const node_context& node, const failure& why) {
  const auto before = node.now.store_failure.exchange(std::make_shared<const failure>(why));
  if (!before) {
    node.now.away_since = std::chrono::steady_clock::now();
    log_store_failed(*node.log, why);
  }
}

void note_store_reached(const node_context& node) {
  if (!node.now.store_failure.load(std::memory_order_relaxed))
    return;
  if (node.now.store_failure.exchange(nullptr))
    log_store_back(*node.log, std::chrono::steady_clock::now() - node.now.away_since.load());
}

} // namespace eventcore::actors
