#include "domain.hpp"
#include "workload.hpp"

#include <eventcore/ids.hpp>

#include <algorithm>
#include <span>
#include <variant>

namespace stress {

namespace {

auto must_commit(const ec::append_outcome& outcome) -> const ec::committed& {
  if (const auto* why = std::get_if<ec::failure>(&outcome))
    throw ec::failure_error{*why};
  if (const auto* done = std::get_if<ec::committed>(&outcome))
    return *done;
  throw ec::failure_error{{ec::errc::version_conflict, "another program writes to the store"}};
}

} // namespace

void append_all(ec::event_store& store, const std::vector<ec::write_set>& sets) {
  constexpr std::size_t together = 1000;
  for (std::span<const ec::write_set> left{sets}; !left.empty();) {
    const auto batch = left.first(std::min(together, left.size()));
    for (const auto& outcome : store.append(batch))
      must_commit(outcome);
    left = left.subspan(batch.size());
  }
}

void preload(ec::event_store& store, std::span<const ec::stream_id> accounts,
             std::uint64_t events) {
  constexpr std::uint64_t together = 1000;
  const auto payload = ec::to_json(money_deposited{0, money_note()});
  for (const auto& stream : accounts) {
    auto head = ec::unwrap(store.read({.stream = stream, .page = {.events = 1}})).head;
    while (head.version.value < events) {
      ec::write_set set{.commit = ec::random_ids().next_commit(), .reads = {{stream, head}}};
      for (auto left = std::min(together, events - head.version.value); left > 0; --left)
        set.events.push_back({.id = ec::random_ids().next_event({}),
                              .type = std::string{ec::event_name<money_deposited>()},
                              .payload = payload});
      const auto outcome = store.append(set);
      head = {must_commit(outcome).streams.front().version, set.commit};
    }
  }
}

} // namespace stress
