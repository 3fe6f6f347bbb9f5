#include "memory_store.hpp"

#include <map>
#include <shared_mutex>

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

namespace eventcore::memory {

namespace {

void check_log(const event_log& log, std::vector<std::string>& found) {
  boost::unordered_flat_set<commit_id, std::hash<commit_id>> ended;
  for (std::uint64_t at = 1; at <= log.size(); ++at) {
    const auto& event = log.at({at});
    if (event.position.value != at)
      found.push_back(
        fmt::format("the event at position {} says position {}", at, event.position.value));
    if (at == 1)
      continue;
    const auto& previous = log.at({at - 1});
    if (event.recorded_at < previous.recorded_at)
      found.push_back(
        fmt::format("the event at position {} was recorded before the one below it", at));
    if (event.commit == previous.commit)
      continue;
    ended.insert(previous.commit);
    if (ended.contains(event.commit))
      found.push_back(
        fmt::format("commit {} is torn: it goes on at position {}", event.commit.text(), at));
  }
}

void check_archives(const event_log& log,
                    const std::map<std::string, kept_archive, std::less<>>& archives,
                    std::vector<std::string>& found) {
  std::map<std::string_view, std::uint64_t> counts;
  for (std::uint64_t at = 1; at <= log.size(); ++at)
    if (const auto& event = log.at({at}); event.encoding == encoding::archived) {
      if (!archives.contains(event.payload))
        found.push_back(fmt::format("the event at position {} is in an archive '{}' that the store "
                                    "does not know",
                                    at, event.payload));
      ++counts[event.payload];
    }
  for (const auto& [file, kept] : archives)
    if (counts[file] != kept.events)
      found.push_back(
        fmt::format("archive '{}' is said to have the payloads of {} events, {} refer "
                    "to it",
                    file, kept.events, counts[file]));
}

} // namespace

auto memory_store::find_damage() -> result<std::vector<std::string>> {
  return guarded([&]() -> result<std::vector<std::string>> {
    const std::shared_lock guard{lock_};
    std::vector<std::string> found;
    check_log(*log_, found);
    check_archives(*log_, archives_, found);
    std::uint64_t in_streams = 0;
    for (const auto& stream : streams_) {
      in_streams += stream.events.size();
      for (std::size_t i = 0; i < stream.events.size(); ++i) {
        const auto& event = *stream.events[i];
        if (event.version.value != i + 1 || event.stream != stream.name)
          found.push_back(fmt::format("event {} of stream {} says it is version {} of stream {}",
                                      i + 1, stream.name, event.version.value, event.stream));
      }
    }
    if (in_streams != log_->size())
      found.push_back(
        fmt::format("the streams hold {} events, the log {}", in_streams, log_->size()));
    return found;
  });
}

} // namespace eventcore::memory
