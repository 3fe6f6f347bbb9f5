#include "eventcore/testing/scenario.hpp"

#include "eventcore/ids.hpp"
#include "eventcore/maintenance.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace eventcore::testing {

namespace {

// The commit that wrote the given event of this number.
auto given_commit(std::uint64_t number) -> commit_id {
  commit_id id;
  for (auto byte = id.bytes.rbegin(); number > 0; ++byte, number >>= 8)
    *byte = static_cast<std::uint8_t>(number & 0xFF);
  return id;
}

auto page_of(const stream_id& stream, const std::vector<encoded_event>& events, timestamp now)
  -> stream_page {
  stream_page page;
  for (const auto& [type, payload] : events) {
    const auto number = page.events.size() + 1;
    page.events.push_back({.position = {number},
                           .version = {number},
                           .stream = stream.text(),
                           .commit = given_commit(number),
                           .id = event_id{given_commit(number).bytes},
                           .type = type.name,
                           .type_version = type.version,
                           .encoding = type.encoding,
                           .recorded_at = now,
                           .payload = payload,
                           .metadata_json = {}});
  }
  if (!page.events.empty())
    page.head = {page.events.back().version, page.events.back().commit};
  return page;
}

auto list(const std::vector<stream_events>& streams) -> std::string {
  std::string text;
  for (const auto& [stream, events] : streams)
    for (const auto& [type, payload] : events)
      text += fmt::format("  {}: {} {}\n", stream, type.name, payload);
  return text.empty() ? "  no event\n" : text;
}

// By stream, in the order of ids, streams without events left out.
auto normalized(std::vector<stream_events> streams) -> std::vector<stream_events> {
  std::map<stream_id, stream_events> merged;
  for (auto& [stream, events] : streams) {
    auto& all = merged.try_emplace(stream, stream_events{stream, {}}).first->second;
    std::ranges::move(events, std::back_inserter(all.events));
  }
  std::vector<stream_events> ordered;
  for (auto& [stream, events] : merged)
    if (!events.events.empty())
      ordered.push_back(std::move(events));
  return ordered;
}

auto emitted_by(const write_set& set) -> std::vector<stream_events> {
  std::vector<stream_events> all;
  for (const auto& event : set.events)
    all.push_back({set.reads[event.stream].stream,
                   {{{event.type, event.type_version, event.encoding}, event.payload}}});
  return all;
}

} // namespace

auto closing_event() -> encoded_event { return {{.name = closed_event}, "{}"}; }

scenario::scenario(std::vector<stream_events> given)
    : now_{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}} {
  for (auto& [stream, events] : given)
    std::ranges::move(events, std::back_inserter(given_[stream]));
}

auto scenario::at(timestamp now) -> scenario& {
  now_ = now;
  return *this;
}

auto scenario::when(const any_command& command, const execute_options& options) const -> observed {
  const moment now{.wall = now_, .steady = {}};
  execution run{command, options, random_ids(), [] { return 0.5; }};
  auto action = run.start(now);
  std::vector<stream_events> emitted;
  for (;;) {
    if (auto* load = std::get_if<execution::load>(&action)) {
      std::vector<stream_state> states;
      result<> folded;
      for (const auto& [stream, view] : load->wanted) {
        const auto given = given_.find(stream);
        const auto page =
          given == given_.end() ? stream_page{} : page_of(stream, given->second, now_);
        auto state = view->create();
        stream_head head;
        if (folded)
          folded = fold(*view, page, state.get(), head);
        states.push_back({head, std::move(state)});
      }
      action = folded ? run.loaded(std::move(states), now) : run.load_failed(folded.error(), now);
    } else if (auto* append = std::get_if<execution::append>(&action)) {
      emitted = emitted_by(*append->set);
      // Types are named by the write set: keep it as long as they are looked at.
      const auto set = append->set;
      action = run.appended(committed{.commit = set->commit,
                                      .first = {set->events.empty() ? 0U : 1U},
                                      .count = set->events.size()},
                            now);
      if (auto* done = std::get_if<execution::done>(&action))
        return observed{std::move(done->outcome), normalized(std::move(emitted)), set};
    } else if (auto* done = std::get_if<execution::done>(&action)) {
      return observed{std::move(done->outcome), {}, nullptr};
    } else {
      action = run.woke(now);
    }
  }
}

void observed::then(const expected_failure& expected) const {
  const auto wanted = expected.rule
                        ? fmt::format("{} {}", expected.rule->type, expected.rule->json)
                        : fmt::format("{}: {}", to_string(expected.code), expected.text);
  if (outcome_)
    throw scenario_failed{fmt::format("expected the failure\n  {}\nbut the command emitted\n{}",
                                      wanted, list(events_))};
  const auto& failed = outcome_.error();
  if (failed.code != expected.code || failed.detail.find(expected.text) == std::string::npos
      || (expected.rule && failed.rule != expected.rule))
    throw scenario_failed{fmt::format(
      "expected the failure\n  {}\nbut the command failed with\n  {}{}", wanted, failed.text(),
      failed.rule ? fmt::format("\n  ({} {})", failed.rule->type, failed.rule->json) : "")};
}

void observed::check_events(const std::vector<stream_events>& expected) const {
  if (!outcome_)
    throw scenario_failed{fmt::format("expected\n{}but the command failed with\n  {}",
                                      list(normalized(expected)), outcome_.error().text())};
  // The lists name stream, type and payload, so equal texts are equal events.
  const auto wanted = list(normalized(expected));
  const auto came = list(events_);
  if (wanted != came)
    throw scenario_failed{fmt::format("expected\n{}but the command emitted\n{}", wanted, came)};
}

} // namespace eventcore::testing
