#include "eventcore/testing/builders.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

namespace eventcore::testing {

namespace {

auto checked(std::string_view id) -> stream_id {
  auto checked = stream_id::of(id);
  if (!checked)
    throw std::invalid_argument{checked.error().text()};
  return std::move(*checked);
}

} // namespace

stream_of::stream_of(std::string_view id) : id_{checked(id)} {}

auto stream_of::at(const stream_head& head) -> stream_of& {
  head_ = head;
  return *this;
}

auto stream_of::event(std::string type, std::string json) -> stream_of& {
  events_.push_back({.id = {}, .type = std::move(type), .payload = std::move(json)});
  return *this;
}

auto stream_of::bytes(std::string type, std::string payload) -> stream_of& {
  events_.push_back({.id = {},
                     .type = std::move(type),
                     .encoding = encoding::bytes,
                     .payload = std::move(payload)});
  return *this;
}

auto stream_of::page(id_source& ids, timestamp recorded_at) const -> stream_page {
  const auto kept = std::make_shared<const stream_of>(*this);
  const auto commit = ids.next_commit();
  stream_page page;
  for (const auto& event : kept->events_) {
    const auto number = page.events.size() + 1;
    page.events.push_back({.position = {number},
                           .version = {number},
                           .stream = kept->id_.text(),
                           .commit = commit,
                           .id = ids.next_event(recorded_at),
                           .type = event.type,
                           .type_version = event.type_version,
                           .encoding = event.encoding,
                           .recorded_at = recorded_at,
                           .payload = event.payload,
                           .metadata_json = {}});
  }
  if (!page.events.empty())
    page.head = {{page.events.size()}, commit};
  page.owner = kept;
  return page;
}

auto write_of(id_source& ids, const std::vector<stream_of>& streams) -> write_set {
  write_set set{.commit = ids.next_commit(), .reads = {}, .events = {}, .metadata = {}};
  for (const auto& stream : streams)
    set.reads.push_back({stream.id(), stream.head()});
  std::ranges::sort(set.reads, {}, &expectation::stream);
  for (const auto& stream : streams)
    for (auto event : stream.events()) {
      const auto read = std::ranges::find(set.reads, stream.id(), &expectation::stream);
      event.stream = static_cast<std::uint32_t>(read - set.reads.begin());
      event.id = ids.next_event({});
      set.events.push_back(std::move(event));
    }
  return set;
}

auto head_after(const write_set& set, std::string_view stream) -> stream_head {
  for (std::size_t i = 0; i < set.reads.size(); ++i)
    if (set.reads[i].stream.text() == stream) {
      const auto added =
        static_cast<std::uint64_t>(std::ranges::count(set.events, i, &new_event::stream));
      const auto& before = set.reads[i].head;
      return added == 0 ? before : stream_head{{before.version.value + added}, set.commit};
    }
  throw std::invalid_argument{"the write set does not read stream " + std::string{stream}};
}

} // namespace eventcore::testing
