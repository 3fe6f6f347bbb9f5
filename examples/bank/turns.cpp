#include "turns.hpp"

#include <utility>

namespace bank {

auto turns::enter(number who, std::vector<std::string> names) -> bool {
  auto& mine = places_[who];
  mine.names = std::move(names);
  for (const auto& name : mine.names) {
    auto& queue = queues_[name];
    mine.waits_at += queue.empty() ? 0 : 1;
    queue.push_back(who);
  }
  return mine.waits_at == 0;
}

auto turns::leave(number who) -> std::vector<number> {
  std::vector<number> next;
  for (const auto& name : places_.at(who).names) {
    const auto queue = queues_.find(name);
    queue->second.pop_front();
    if (queue->second.empty())
      queues_.erase(queue);
    else if (const auto first = queue->second.front(); --places_.at(first).waits_at == 0)
      next.push_back(first);
  }
  places_.erase(who);
  return next;
}

} // namespace bank
