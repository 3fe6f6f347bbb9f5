#include "history.hpp"

#include "notebook.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace harness {

history::history(ec::event_store& store) : streams_(most_streams, std::vector<stage>(1)) {
  if (auto damage = store.find_damage(); !damage)
    wrong_.push_back("the store cannot be checked: " + damage.error().text());
  else
    for (const auto& one : *damage)
      wrong_.push_back("the store is damaged: " + one);
  ec::read_log query;
  for (bool complete = false; !complete;) {
    const auto page = ec::unwrap(store.read(query));
    for (const auto& event : page.events)
      add(event);
    complete = page.complete;
    query.after = page.through;
  }
}

void history::add(const ec::recorded_event& event) {
  entry added{.position = event.position.value,
              .stream = number_of(event.stream),
              .version = event.version.value,
              .commit = event.commit,
              .call = call_number(ec::unwrap(ec::parse_metadata(event.metadata_json)).actor),
              .type = std::string{event.type}};
  if (added.stream == nowhere) {
    wrong_.push_back(fmt::format("position {} is in an unknown stream", added.position));
    return;
  }
  auto& stages = streams_[added.stream];
  if (added.position != entries_.size() + 1 || added.version != stages.size())
    wrong_.push_back(fmt::format("position {}, version {} of {} does not follow", added.position,
                                 added.version, event.stream));
  auto next = stages.back();
  const auto apply = [&](const auto& value) {
    next.first.apply(value);
    next.second.apply(value);
    added.tag = value.tag;
    added.saw = value.saw;
    added.payload = ec::to_json(value); // a store may keep another form of the same JSON
  };
  if (event.type == "moved") {
    const auto value = ec::unwrap(ec::from_json<moved>(event.payload));
    added.cents = value.cents;
    apply(value);
  } else {
    apply(ec::unwrap(ec::from_json<linked>(event.payload)));
  }
  next.position = added.position;
  next.commit = added.commit;
  stages.push_back(next);
  if (commits_.empty() || commits_.back().id != added.commit) {
    if (!by_id_.emplace(added.commit, commits_.size()).second)
      wrong_.push_back(
        fmt::format("commit {} is there twice, again at {}", added.commit.text(), added.position));
    commits_.push_back(
      {.id = added.commit, .first = added.position, .count = 0, .call = added.call});
  }
  ++commits_.back().count;
  entries_.push_back(std::move(added));
}

auto history::find(const ec::commit_id& id) const -> const commit* {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &commits_[found->second];
}

auto history::span_of(std::uint32_t stream, std::uint64_t version) const -> span {
  const auto& stages = streams_[stream];
  return {stages[version].position, version + 1 < stages.size()
                                      ? stages[version + 1].position
                                      : std::numeric_limits<std::uint64_t>::max()};
}

auto history::when(const sight& seen) const -> span {
  if (seen.stream >= streams_.size() || seen.version >= streams_[seen.stream].size())
    return {};
  const auto& then = streams_[seen.stream][seen.version];
  const bool same = seen.view == 0
                      ? seen.hash == then.first.hash && seen.balance == then.first.balance
                      : seen.hash == then.second.hash && seen.balance == then.second.moves;
  return same ? span_of(seen.stream, seen.version) : span{};
}

auto history::when(const std::vector<sight>& all) const -> span {
  span common{0, std::numeric_limits<std::uint64_t>::max()};
  for (const auto& one : all)
    common = common.with(when(one));
  return common;
}

auto history::when(std::uint32_t stream, const ec::stream_head& head) const -> span {
  if (stream >= streams_.size() || head.version.value >= streams_[stream].size()
      || streams_[stream][head.version.value].commit != head.commit)
    return {};
  return span_of(stream, head.version.value);
}

auto history::has_unlucky(std::uint32_t stream, std::uint64_t position) const -> bool {
  return std::ranges::any_of(entries_, [&](const entry& one) {
    return one.stream == stream && one.position <= position && one.cents == unlucky;
  });
}

auto history::commits_between(const std::vector<std::uint32_t>& streams, std::uint64_t from,
                              std::uint64_t to) const -> std::uint64_t {
  std::uint64_t count = 0;
  ec::commit_id last{};
  for (const auto& one : entries_)
    if (one.position > from && one.position <= to && one.commit != last
        && std::ranges::find(streams, one.stream) != streams.end()) {
      ++count;
      last = one.commit;
    }
  return count;
}

} // namespace harness
