#include "memory_store.hpp"

#include "eventcore/detail/archiving.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace eventcore::memory {

auto memory_store::restoring() -> result<std::string> {
  return guarded([&]() -> result<std::string> {
    const std::shared_lock guard{lock_};
    return restoring_;
  });
}

auto memory_store::restore(const restore_batch& part) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    const auto streams = detail::check_part(part);
    if (!streams)
      return std::unexpected{streams.error()};
    const std::lock_guard guard{lock_};
    if (auto good = check_restored(part, *streams); !good)
      return good;
    take_restored(part, *streams);
    watch_.show(current_head());
    return {};
  });
}

auto memory_store::check_restored(const restore_batch& part,
                                  const detail::restored_part& streams) const -> result<> {
  if (auto good = detail::check_follows(part, current_head(), restoring_); !good)
    return good;
  for (const auto& stream : streams.streams) {
    const auto* known = find_stream(stream.id);
    if (auto good = detail::check_follows(stream, {known ? known->events.size() : 0}); !good)
      return good;
  }
  for (const auto& each : part.archives)
    if (const auto known = archives_.find(each.file);
        known != archives_.end() && known->second.entry.checksum != each.checksum)
      return std::unexpected{detail::another_archive(each)};
  for (const auto& event : part.events)
    if (event.encoding == encoding::archived && !archives_.contains(event.payload)
        && std::ranges::find(part.archives, event.payload, &archive_entry::file)
             == part.archives.end())
      return std::unexpected{detail::unknown_archive(event)};
  return {};
}

// As in `write`, all that can run out of memory comes first.
void memory_store::take_restored(const restore_batch& part, const detail::restored_part& streams) {
  kept_archives archives;
  for (const auto& each : part.archives)
    archives.emplace(each.file, kept_archive{.entry = each});
  kept_requests requests;
  for (const auto& each : part.requests)
    requests.emplace(each.id, kept_request{{each.digest, each.done}, each.recorded_at});
  requests_.reserve(requests_.size() + requests.size());
  std::string source{part.last ? std::string_view{} : part.source};
  std::vector<stream_record*> targets;
  for (const auto& stream : streams.streams) {
    auto& target = find_or_add_stream(stream.id);
    target.events.reserve(stream.after.version.value);
    targets.push_back(&target);
  }
  log_->reserve(part.events.size());
  std::vector<const recorded_event*> written;
  written.reserve(part.events.size());
  for (std::size_t i = 0; i < part.events.size(); ++i) {
    auto event = part.events[i];
    event.stream = targets[streams.stream_of[i]]->name;
    event.type = log_->keep_once(event.type);
    event.payload = event.encoding == encoding::archived ? log_->keep_once(event.payload)
                                                         : log_->keep(event.payload);
    event.metadata_json = i > 0 && event.metadata_json == part.events[i - 1].metadata_json
                            ? written.back()->metadata_json
                            : log_->keep(event.metadata_json);
    written.push_back(log_->write(i, event));
  }
  archives_.merge(archives);
  requests_.merge(requests);
  restoring_ = std::move(source);
  for (std::size_t i = 0; i < written.size(); ++i) {
    targets[streams.stream_of[i]]->events.push_back(written[i]);
    if (written[i]->encoding == encoding::archived)
      ++archives_.find(written[i]->payload)->second.events;
  }
  log_->publish(written.size());
}

} // namespace eventcore::memory
