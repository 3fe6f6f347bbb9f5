#include "memory_store.hpp"

#include "eventcore/detail/append_batch.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <variant>

#include <fmt/format.h>

namespace eventcore::memory {

namespace {

template <class Vector>
void make_room(Vector& events, std::size_t more) {
  if (const auto needed = events.size() + more; needed > events.capacity())
    events.reserve(std::max(needed, events.capacity() * 2));
}

} // namespace

auto current_failure() -> failure {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {errc::overloaded, "out of memory"}; // short enough to need no memory of its own
  } catch (const std::exception& error) {
    return {errc::store_unavailable, fmt::format("the store in memory failed: {}", error.what())};
  } catch (...) {
    return {errc::store_unavailable, "the store in memory failed: its clock threw"};
  }
}

memory_store::memory_store(store_settings settings) : settings_{std::move(settings)} {}

auto memory_store::append(write_batch batch) -> std::vector<append_outcome> {
  std::vector<append_outcome> outcomes(
    batch.size()); // the one thing that cannot be answered without memory
  const auto fail_rest = [&](std::size_t first, const failure& error) {
    for (auto i = first; i < batch.size(); ++i)
      if (!std::holds_alternative<failure>(outcomes[i]))
        outcomes[i] = error;
  };
  std::size_t next = 0;
  try {
    if (const auto writable = check_writable(); !writable) {
      fail_rest(0, writable.error());
      return outcomes;
    }
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (auto valid = validate(*batch[i], settings_.bounds); !valid)
        outcomes[i] = std::move(valid.error());
    const std::lock_guard guard{lock_};
    const auto now = std::max(current_head().recorded_at, clock());
    for (; next < batch.size(); ++next)
      if (!std::holds_alternative<failure>(outcomes[next]))
        outcomes[next] = append_one(*batch[next], now);
    watch_.show(current_head());
  } catch (...) {
    fail_rest(next, current_failure());
  }
  return outcomes;
}

auto memory_store::append_one(const write_set& set, timestamp now) -> append_outcome {
  auto outcome = admit(set, *this, {log_->size() + 1});
  const auto* done = std::get_if<committed>(&outcome);
  if (done && !restoring_.empty() && detail::leaves_rows(set))
    return detail::being_restored(restoring_);
  if (done)
    if (set.effect == effect::commit)
      write(set, *done, now);
  return outcome;
}

// All that can run out of memory comes first: an exception leaves the log as it was, at most with a
// stream record without events and with texts that nothing points to.
void memory_store::write(const write_set& set, const committed& done, timestamp now) {
  struct target {
    stream_record* stream = nullptr;
    std::uint64_t count = 0;
  };
  boost::container::small_vector<target, 8> targets(set.reads.size());
  for (const auto& event : set.events)
    ++targets[event.stream].count;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (targets[i].count > 0) {
      targets[i].stream = &find_or_add_stream(set.reads[i].stream.text());
      make_room(targets[i].stream->events, targets[i].count);
      targets[i].count = 0;
    }
  const auto metadata = set.metadata.is_empty() || set.events.empty()
                          ? std::string_view{}
                          : log_->keep(to_json(set.metadata));
  log_->reserve(set.events.size());
  boost::container::small_vector<const recorded_event*, 8> written;
  written.reserve(set.events.size());
  for (const auto& event : set.events) {
    auto& [stream, count] = targets[event.stream];
    written.push_back(log_->write(written.size(), {.position = {done.first.value + written.size()},
                                                   .version = {stream->events.size() + ++count},
                                                   .stream = stream->name,
                                                   .commit = set.commit,
                                                   .id = event.id,
                                                   .type = log_->keep_once(event.type),
                                                   .type_version = event.type_version,
                                                   .encoding = event.encoding,
                                                   .recorded_at = now,
                                                   .payload = log_->keep(event.payload),
                                                   .metadata_json = metadata}));
  }
  if (set.request)
    requests_.emplace(set.request->id, kept_request{{set.request->digest, done}, now});
  for (std::size_t i = 0; i < written.size(); ++i)
    targets[set.events[i].stream].stream->events.push_back(written[i]);
  log_->publish(written.size());
}

auto memory_store::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  return guarded([&]() -> result<std::optional<committed>> {
    const std::lock_guard guard{lock_};
    if (set.request)
      if (const auto* done = find(set.request->id); done && done->original.commit == set.commit)
        return done->original;
    committed found{.commit = set.commit, .first = {}, .count = 0, .streams = {}};
    for (auto at = known.value + 1; at <= log_->size(); ++at)
      if (log_->at({at}).commit == set.commit) {
        if (found.count++ == 0)
          found.first = {at};
      } else if (found.count > 0) {
        break;
      }
    if (found.count == 0)
      return std::nullopt;
    std::map<std::string_view, stream_version> versions;
    for (auto at = found.first.value; at < found.first.value + found.count; ++at)
      versions[log_->at({at}).stream] = log_->at({at}).version;
    for (const auto& [stream, version] : versions)
      found.streams.push_back({stream_id::trusted(std::string{stream}), version});
    return found;
  });
}

auto memory_store::head_of(const stream_id& stream) const -> stream_head {
  const auto* record = find_stream(stream.text());
  return record ? record->head() : stream_head{};
}

auto memory_store::find(const request_id& id) const -> const done_request* {
  const auto known = requests_.find(id);
  return known == requests_.end() ? nullptr : &known->second.done;
}

auto memory_store::find_stream(std::string_view name) const -> const stream_record* {
  const auto known = streams_by_name_.find(hashed_name{name});
  return known == streams_by_name_.end() ? nullptr : known->stream;
}

auto memory_store::find_or_add_stream(std::string_view name) -> stream_record& {
  const hashed_name wanted{name};
  if (const auto known = streams_by_name_.find(wanted); known != streams_by_name_.end())
    return *known->stream;
  auto& added = streams_.emplace_back(stream_record{log_->keep(name)});
  streams_by_name_.insert(named_stream{wanted.hash, &added});
  return added;
}

auto memory_store::current_head() const -> log_head {
  if (log_->size() == 0)
    return {};
  const auto& last = log_->at({log_->size()});
  return {last.position, last.commit, last.recorded_at};
}

auto memory_store::check_writable() const -> result<> {
  if (settings_.read_only)
    return fail(errc::read_only, "this store in memory was opened for reading; open it without "
                                 "read_only to write to it");
  return {};
}

auto memory_store::clock() const -> timestamp {
  if (settings_.clock)
    return settings_.clock();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

} // namespace eventcore::memory
