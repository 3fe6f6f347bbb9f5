#include "discovery.hpp"

#include "domain.hpp"

#include <eventcore/ids.hpp>
#include <eventcore/load.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

constexpr std::int64_t delivery = 9; // pieces at once: one digit, like all amounts

template <class Event>
auto event_on(ec::write_set& set, const Event& event) {
  set.events.push_back({.id = ec::random_ids().next_event({}),
                        .type = std::string{ec::event_name<Event>()},
                        .payload = ec::to_json(event)});
}

auto new_set(const ec::stream_id& stream) -> ec::write_set {
  return {.commit = ec::random_ids().next_commit(), .reads = {{stream, {}}}};
}

class discovery final : public workload {
public:
  discovery(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    for (std::size_t i = 0; i < count; ++i) {
      stocks_.push_back(ec::unwrap(ec::stream<stock>::of(fmt::format("{:07}", i))));
      lists_.push_back(ec::unwrap(ec::stream<wish_list>::of(fmt::format("{:07}", i))));
      wished_.push_back(pick_articles(count, random));
      demand_.insert(demand_.end(), wished_.back().begin(), wished_.back().end());
    }
  }

  void prepare(ec::event_store& store) override {
    if (ec::unwrap(ec::load(store, lists_.back())).head.version.value > 0)
      return; // a store that is gone on with
    std::vector<ec::write_set> sets;
    for (const auto& one : stocks_)
      event_on(sets.emplace_back(new_set(one.id())), pieces_received{delivery, pieces_note()});
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      auto& set = sets.emplace_back(new_set(lists_[i].id()));
      for (const auto article : wished_[i])
        event_on(set, article_wished{stocks_[article]});
    }
    append_all(store, sets);
  }

  auto next(client_place& client) -> ec::any_command override {
    const auto pick = [&](std::size_t below) {
      return std::uniform_int_distribution<std::size_t>{0, below - 1}(client.random);
    };
    if (client.sent % 4 != 3)
      return order_wishes{lists_[pick(lists_.size())]};
    return receive_pieces{stocks_[demand_[pick(demand_.size())]], delivery};
  }

  auto streams() const -> std::size_t override { return stocks_.size() + lists_.size(); }

private:
  static auto pick_articles(std::size_t count, std::mt19937_64& random)
    -> std::vector<std::size_t> {
    std::set<std::size_t> picked;
    const auto wanted = std::uniform_int_distribution<std::size_t>{1, 5}(random);
    while (picked.size() < wanted)
      picked.insert(std::uniform_int_distribution<std::size_t>{0, count - 1}(random));
    return {picked.begin(), picked.end()};
  }

  std::vector<ec::stream<stock>> stocks_;
  std::vector<ec::stream<wish_list>> lists_;
  std::vector<std::vector<std::size_t>> wished_; // the stocks of each list
  std::vector<std::size_t> demand_;              // a stock as often as it is wished
};

} // namespace

auto make_discovery(std::size_t count, std::uint64_t seed) -> std::unique_ptr<workload> {
  return std::make_unique<discovery>(count, seed);
}

} // namespace stress
