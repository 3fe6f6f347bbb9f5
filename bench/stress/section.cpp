#include "stress/clock.hpp"
#include "stress/limits.hpp"

#include <stdexcept>

namespace bench {

auto time_section(ec::event_store& store, const shape& of, const until& end)
  -> std::vector<double> {
  write_set_source source{of};
  std::vector<double> times;
  const auto stop = std::chrono::steady_clock::now() + end.time;
  do {
    source.next();
    std::vector<ec::append_outcome> outcomes;
    times.push_back(time_of([&] { outcomes = store.append(source.sets()); }));
    for (const auto& outcome : outcomes)
      if (!std::holds_alternative<ec::committed>(outcome))
        throw std::runtime_error{"section: the store did not commit a write set"};
  } while (times.size() < end.batches && std::chrono::steady_clock::now() < stop);
  return times;
}

} // namespace bench
