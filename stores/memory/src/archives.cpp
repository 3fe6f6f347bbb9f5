#include "memory_store.hpp"

#include "eventcore/detail/archiving.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace eventcore::memory {

// Events never change where readers may look at them without a lock: the log is written anew, and
// pages that were read before keep the old one. All that can run out of memory comes first.
void memory_store::rewrite(const std::function<void(recorded_event&)>& change) {
  auto log = std::make_shared<event_log>();
  std::vector<std::string_view> names;
  std::unordered_map<std::string_view, std::string_view> name_of;
  for (const auto& stream : streams_)
    name_of[stream.name] = names.emplace_back(log->keep(stream.name));
  log->reserve(log_->size());
  std::string_view metadata;
  std::string_view kept_metadata;
  for (std::uint64_t at = 1; at <= log_->size(); ++at) {
    auto event = log_->at({at});
    change(event);
    event.stream = name_of.find(event.stream)->second;
    event.type = log->keep_once(event.type);
    event.payload = event.encoding == encoding::archived ? log->keep_once(event.payload)
                                                         : log->keep(event.payload);
    if (event.metadata_json.data() != metadata.data()) {
      metadata = event.metadata_json;
      kept_metadata = log->keep(metadata);
    }
    event.metadata_json = kept_metadata;
    log->write(at - 1, event);
  }
  log->publish(log_->size());
  auto name = names.begin();
  for (auto& stream : streams_) {
    stream.name = *name++;
    for (auto& event : stream.events)
      event = &log->at(event->position);
  }
  log_ = std::move(log);
}

auto memory_store::archive(const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t> {
  return guarded([&]() -> result<std::uint64_t> {
    if (auto valid = detail::validate(into); !valid)
      return std::unexpected{std::move(valid.error())};
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    detail::archive_check check;
    boost::unordered_flat_set<std::string_view, text_hash> names;
    for (const auto& each : streams) {
      const auto* stream = find_stream(each.stream.text());
      const auto closed =
        stream && !stream->events.empty() && stream->events.back()->type == closed_event;
      check.take(each, head_of(each.stream), closed);
      names.insert(each.stream.text());
    }
    if (auto possible = check.outcome(); !possible)
      return std::unexpected{std::move(possible.error())};
    const auto known = archives_.find(into.file);
    if (known != archives_.end() && known->second.entry.checksum != into.checksum)
      return std::unexpected{detail::another_archive(into)};
    kept_archives added;
    added.emplace(into.file, kept_archive{.entry = into});
    std::uint64_t taken = 0;
    rewrite([&](recorded_event& event) {
      if (event.encoding == encoding::archived || event.type == closed_event
          || !names.contains(event.stream))
        return;
      event.encoding = encoding::archived;
      event.payload = into.file;
      ++taken;
    });
    archives_.merge(added); // unless it is known
    archives_.find(into.file)->second.events += taken;
    return taken;
  });
}

auto memory_store::unarchive(std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t> {
  return guarded([&]() -> result<std::uint64_t> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    std::unordered_map<std::uint64_t, const recorded_event*> returning;
    for (const auto& event : events) {
      if (auto valid = detail::validate_returning(event); !valid)
        return std::unexpected{std::move(valid.error())};
      returning[event.position.value] = &event;
    }
    const std::lock_guard guard{lock_};
    for (const auto& event : events) {
      const auto at = event.position.value;
      if (at == 0 || at > log_->size())
        return std::unexpected{detail::another_event(event)};
      const auto& known = log_->at(event.position);
      if (known.stream != event.stream || known.version != event.version
          || known.commit != event.commit)
        return std::unexpected{detail::another_event(event)};
    }
    std::uint64_t put_back = 0;
    rewrite([&](recorded_event& event) {
      if (event.encoding != encoding::archived || event.payload != file)
        return;
      const auto found = returning.find(event.position.value);
      if (found == returning.end())
        return;
      event.encoding = found->second->encoding;
      event.payload = found->second->payload;
      ++put_back;
    });
    if (put_back > 0)
      archives_.find(file)->second.events -= put_back;
    return put_back;
  });
}

auto memory_store::list_archives() -> result<std::vector<archive_entry>> {
  return guarded([&]() -> result<std::vector<archive_entry>> {
    const std::shared_lock guard{lock_};
    std::vector<archive_entry> all;
    for (const auto& [file, kept] : archives_)
      all.push_back(kept.entry);
    std::ranges::sort(all, {}, [](const archive_entry& each) {
      return std::pair<timestamp, std::string_view>{each.made_at, each.file};
    });
    return all;
  });
}

auto memory_store::forget_archive(std::string_view file) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    const std::lock_guard guard{lock_};
    const auto known = archives_.find(file);
    if (known == archives_.end())
      return {};
    if (known->second.events > 0)
      return std::unexpected{detail::archive_in_use(file, known->second.events)};
    archives_.erase(known);
    return {};
  });
}

} // namespace eventcore::memory
