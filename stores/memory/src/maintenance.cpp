#include "memory_store.hpp"

#include "eventcore/detail/request_age.hpp"
#include "eventcore/detail/stream_selection.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace eventcore::memory {

namespace {

/// Leaves the first `limit` of `all` in order.
template <class T, class Name>
void cut(std::vector<T>& all, std::size_t limit, Name name) {
  const auto kept = static_cast<std::ptrdiff_t>(std::min(limit, all.size()));
  std::ranges::partial_sort(all, all.begin() + kept, {}, name);
  all.erase(all.begin() + kept, all.end());
}

auto entry_of(const stream_record& stream) -> stream_entry {
  const auto& last = *stream.events.back();
  return {.id = std::string{stream.name},
          .head = stream.head(),
          .last = last.position,
          .changed_at = last.recorded_at,
          .closed = last.type == closed_event,
          .archived = stream.events.front()->encoding == encoding::archived};
}

} // namespace

auto memory_store::list_streams(const stream_query& query) -> result<std::vector<stream_entry>> {
  return guarded([&]() -> result<std::vector<stream_entry>> {
    if (auto valid = detail::validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
    const std::shared_lock guard{lock_};
    std::vector<const stream_record*> fitting;
    for (const auto& stream : streams_)
      if (!stream.events.empty() && detail::fits(query, stream.name))
        fitting.push_back(&stream);
    cut(fitting, query.limit, [](const stream_record* each) { return each->name; });
    std::vector<stream_entry> found;
    found.reserve(fitting.size());
    for (const auto* each : fitting)
      found.push_back(entry_of(*each));
    return found;
  });
}

auto memory_store::statistics() -> result<store_statistics> {
  return guarded([&]() -> result<store_statistics> {
    const std::shared_lock guard{lock_};
    store_statistics counted{.head = current_head(),
                             .kinds = {},
                             .requests = requests_.size(),
                             .snapshots = snapshots_.size(),
                             .archives = archives_.size()};
    std::map<std::string_view, store_statistics::kind> kinds;
    for (const auto& stream : streams_)
      if (!stream.events.empty()) {
        auto& kind = kinds[kind_of(stream.name)];
        ++kind.streams;
        kind.events += stream.events.size();
      }
    for (auto& [name, kind] : kinds) {
      kind.name = name;
      counted.kinds.push_back(std::move(kind));
    }
    for (const auto& [key, kept] : snapshots_)
      counted.snapshot_bytes += kept.payload.size();
    return counted;
  });
}

auto memory_store::list_requests(std::string_view after, std::size_t limit)
  -> result<std::vector<recorded_request>> {
  return guarded([&]() -> result<std::vector<recorded_request>> {
    const std::shared_lock guard{lock_};
    std::vector<const kept_requests::value_type*> wanted;
    for (const auto& each : requests_)
      if (each.first.text() > after)
        wanted.push_back(&each);
    cut(wanted, limit, [](const auto* each) -> const std::string& { return each->first.text(); });
    std::vector<recorded_request> found;
    found.reserve(wanted.size());
    for (const auto* each : wanted)
      found.push_back({each->first, each->second.done.digest, each->second.done.original,
                       each->second.recorded_at});
    return found;
  });
}

auto memory_store::list_snapshots(const stream_query& query)
  -> result<std::vector<snapshot_entry>> {
  return guarded([&]() -> result<std::vector<snapshot_entry>> {
    if (auto valid = detail::validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
    const std::shared_lock guard{lock_};
    std::vector<snapshot_entry> found;
    std::size_t streams = 0;
    for (const auto& [key, kept] : snapshots_) { // by stream and view
      if (!detail::fits(query, key.first))
        continue;
      if ((found.empty() || found.back().stream != key.first) && ++streams > query.limit)
        break;
      found.push_back({.stream = key.first,
                       .view = key.second,
                       .fold = kept.fold,
                       .head = kept.head,
                       .bytes = kept.payload.size()});
    }
    return found;
  });
}

auto memory_store::drop_snapshots(const stream_query& query) -> result<std::uint64_t> {
  return guarded([&]() -> result<std::uint64_t> {
    if (auto valid = detail::validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    return std::erase_if(snapshots_,
                         [&](const auto& each) { return detail::fits(query, each.first.first); });
  });
}

auto memory_store::forget_requests(std::chrono::milliseconds age, std::size_t limit)
  -> result<std::uint64_t> {
  return guarded([&]() -> result<std::uint64_t> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    const auto before = detail::older_than(clock(), age);
    std::uint64_t forgotten = 0;
    for (auto next = requests_.begin(); next != requests_.end() && forgotten < limit;) {
      const auto old = next->second.recorded_at < before;
      forgotten += old ? 1 : 0;
      next = old ? requests_.erase(next) : std::next(next);
    }
    return forgotten;
  });
}

auto memory_store::back_up(const std::filesystem::path&, const std::function<void(double)>&)
  -> result<> {
  return fail(errc::invalid_argument,
              "a store in memory has no database that could be copied; export its log instead");
}

} // namespace eventcore::memory
