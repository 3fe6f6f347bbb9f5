#include "contract_logs.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace eventcore::testing {

namespace {

// A database may write JSON in another way.
auto same_metadata(std::string_view a, std::string_view b) -> bool {
  return a == b || (!a.empty() && !b.empty() && must(parse_metadata(a)) == must(parse_metadata(b)));
}

} // namespace

void memory_log::append(const write_set& set) {
  const auto& kept = texts_->sets.emplace_back(set);
  const auto& metadata =
    texts_->metadata.emplace_back(set.metadata.is_empty() ? std::string{} : to_json(set.metadata));
  const timestamp now{std::chrono::seconds{1'700'000'000 + texts_->sets.size()}};
  committed done{.commit = set.commit,
                 .first = {set.events.empty() ? 0 : events_.size() + 1},
                 .count = set.events.size()};
  std::map<std::string, stream_version> written;
  for (const auto& event : kept.events) {
    const auto& stream = kept.reads[event.stream].stream.text();
    auto& head = heads_[stream];
    head = {{head.version.value + 1}, set.commit};
    written[stream] = head.version;
    events_.push_back({.position = {events_.size() + 1},
                       .version = head.version,
                       .stream = stream,
                       .commit = set.commit,
                       .id = event.id,
                       .type = event.type,
                       .type_version = event.type_version,
                       .encoding = event.encoding,
                       .recorded_at = now,
                       .payload = event.payload,
                       .metadata_json = metadata});
  }
  for (const auto& [stream, version] : written)
    done.streams.push_back({stream_id::trusted(stream), version});
  if (set.request)
    requests_.emplace(set.request->id.text(),
                      recorded_request{set.request->id, set.request->digest, done, now});
}

auto memory_log::page() const -> log_page {
  log_page page{.events = events_, .head = {}, .through = {events_.size()}, .owner = texts_};
  if (!events_.empty())
    page.head = {events_.back().position, events_.back().commit, events_.back().recorded_at};
  return page;
}

auto memory_log::requests() const -> std::vector<recorded_request> {
  std::vector<recorded_request> all;
  for (const auto& each : requests_ | std::views::values)
    all.push_back(each);
  return all;
}

auto memory_log::head_of(std::string_view stream) const -> stream_head {
  const auto known = heads_.find(stream);
  return known == heads_.end() ? stream_head{} : known->second;
}

auto same_event(const recorded_event& a, const recorded_event& b) -> bool {
  return a.position == b.position && a.version == b.version && a.stream == b.stream
         && a.commit == b.commit && a.id == b.id && a.type == b.type
         && a.type_version == b.type_version && a.encoding == b.encoding
         && a.recorded_at == b.recorded_at && a.payload == b.payload
         && same_metadata(a.metadata_json, b.metadata_json);
}

void check_same_log(const log_page& wanted, const log_page& found, source_location where) {
  check_equal(found.events.size(), wanted.events.size(), "events", where);
  for (std::size_t i = 0; i < found.events.size(); ++i)
    if (!same_event(found.events[i], wanted.events[i]))
      throw contract_violation{
        fmt::format("the event at position {} of stream {} is another than it was",
                    wanted.events[i].position.value, wanted.events[i].stream),
        where};
}

} // namespace eventcore::testing
