#include "audit.hpp"

#include "verdict.hpp"

namespace stress {

namespace {

auto check_answered(const told& clients) -> check {
  verdict answered{"every_command_answered"};
  answered.require(clients.unanswered == 0, "{} commands were not answered", clients.unanswered);
  return answered.take();
}

/// What saturation promises beside the log.
auto check_only_overloaded(const told& clients) -> check {
  const auto all = clients.all();
  verdict only{"no_failure_but_overloaded"};
  only.require(all.failed == 0 && all.unknown == 0 && all.rejected == 0,
               "{} failed, {} with an unknown outcome, {} were rejected", all.failed, all.unknown,
               all.rejected);
  return only.take();
}

auto check_damage(ec::event_store& store) -> check {
  const auto damage = ec::unwrap(store.find_damage());
  verdict sound{"store_undamaged"};
  sound.require(damage.empty(), "{} problems, the first: {}", damage.size(),
                damage.empty() ? "" : damage.front());
  return sound.take();
}

} // namespace

auto inspect(ec::event_store& store, const audits& all) -> std::vector<check> {
  const auto head = ec::unwrap(store.head());
  ec::read_log query{.before = {head.position.value + 1}};
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    for (const auto& event : page.events)
      for (const auto& one : all)
        one->take(event);
    query.after = page.through;
    complete = page.complete;
  }
  std::vector<check> checks;
  for (const auto& one : all)
    checks.push_back(one->finish(head));
  return checks;
}

auto check_run(ec::event_store& store, const options& given, const told& clients)
  -> std::vector<check> {
  std::vector<check> checks{check_answered(clients)};
  if (given.scenario == scenario::saturation)
    checks.push_back(check_only_overloaded(clients));
  for (auto& one : inspect(store, audits_of(given, clients)))
    checks.push_back(std::move(one));
  checks.push_back(check_damage(store));
  return checks;
}

} // namespace stress
