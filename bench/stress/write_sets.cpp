#include "stress/write_sets.hpp"

#include "eventcore/ids.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace bench {

namespace {

const std::string payload = "{\"note\":\"" + std::string(200 - 11, 'x') + "\"}";

} // namespace

write_set_source::write_set_source(const shape& of) : of_{of} {
  if (of.streams != 0 && of.streams < of.events_per_set)
    throw std::invalid_argument{
      fmt::format("{} events of a write set on {} streams", of.events_per_set, of.streams)};
}

void write_set_source::next() {
  sets_.assign(of_.sets, {});
  rows_.clear();
  for (auto& set : sets_)
    fill(set);
}

void write_set_source::fill(ec::write_set& set) {
  set.commit = ec::random_ids().next_commit();
  std::vector<std::size_t> keys;
  for (std::size_t i = 0; i < of_.events_per_set; ++i, ++count_)
    keys.push_back(of_.streams == 0 ? count_ : count_ % of_.streams);
  std::ranges::sort(keys); // the reads of a write set are ordered
  set.events.reserve(keys.size());
  for (const auto key : keys) {
    if (key >= heads_.size())
      heads_.resize(key + 1);
    auto& head = heads_[key];
    set.reads.push_back({ec::stream_id::trusted(fmt::format("account-home-{:08}", key)), head});
    set.events.push_back({.stream = static_cast<std::uint32_t>(set.events.size()),
                          .id = ec::random_ids().next_event({}),
                          .type = "money_deposited",
                          .payload = payload});
    head = {{head.version.value + 1}, set.commit};
    rows_.push_back({static_cast<long long>(key) + 1, static_cast<long long>(head.version.value),
                     &set, &set.events.back()});
  }
}

} // namespace bench
