#include "batch_reader.hpp"

#include "eventcore/transfer/log_file.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace eventcore {

namespace {

using namespace transfer;

auto file_of(const batch_reader& from) -> log_file {
  return {.head = from.head().head,
          .events = from.end().events,
          .requests = from.end().requests,
          .checksum = from.end().checksum};
}

/// Names the log in the store while it is not whole. The commit is of this one decision: what has it
/// at this position has the same events before it.
auto source_of(const log_head& head) -> std::string {
  return fmt::format("an export of {} events, the last one of commit {}", head.position.value,
                     head.commit.text());
}

/// Where an import goes on.
struct beginning {
  log_head reached{}; ///< of the store
  bool whole = false; ///< nothing is missing
};

auto find_beginning(event_store& store, const log_head& wanted) -> result<beginning> {
  const auto reached = store.head();
  if (!reached)
    return std::unexpected{reached.error()};
  const auto source = store.maintenance().restoring();
  if (!source)
    return std::unexpected{source.error()};
  const bool same = source->empty() ? reached->position.value == 0 : *source == source_of(wanted);
  if (same)
    return beginning{.reached = *reached};
  if (*reached == wanted && source->empty())
    return beginning{.reached = *reached, .whole = true};
  return fail(errc::invalid_argument,
              source->empty()
                ? fmt::format("the store holds {} events already; an export goes into an empty "
                              "store: name one that does not exist yet",
                              reached->position.value)
                : fmt::format("the store is being restored from {}, which this file is not; finish "
                              "that first, or name a store that does not exist yet",
                              *source));
}

/// The events of a batch that are not in the store yet.
auto new_events(const batch& part, const log_head& reached)
  -> result<std::span<const recorded_event>> {
  std::span events{part.events};
  if (events.empty() || events.front().position > reached.position)
    return events;
  const auto known = std::min<std::size_t>(
    reached.position.value - events.front().position.value + 1, events.size());
  const auto& last = events[known - 1];
  if (last.position == reached.position && last.commit != reached.commit)
    return fail(errc::invalid_argument,
                fmt::format("the store has another event at position {} than the file; name a "
                            "store that does not exist yet",
                            last.position.value));
  return events.subspan(known);
}

auto import_batches(batch_reader& from, event_store& store, const log_head& reached,
                    const import_options& options) -> result<> {
  const auto source = source_of(from.head().head);
  for (bool last = false; !last;) {
    const auto part = from.next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped("the store takes no other events yet; the same command goes on where this one "
                     "ended");
    const auto events = new_events(**part, reached);
    if (!events)
      return std::unexpected{events.error()};
    last = (*part)->last;
    if (events->empty() && (*part)->requests.empty() && !last)
      continue;
    if (auto done = store.maintenance().restore({.source = source,
                                                 .archives = (*part)->archives,
                                                 .events = *events,
                                                 .requests = (*part)->requests,
                                                 .last = last});
        !done)
      return done;
    if (options.progress && !events->empty())
      options.progress(events->back().position.value, from.head().head.position.value);
  }
  return {};
}

} // namespace

auto import_log(const std::filesystem::path& file, event_store& store,
                const import_options& options) -> result<log_file> {
  if (options.check && file != "-")
    if (auto good = check_sum(file, log_format, options.stop); !good)
      return std::unexpected{std::move(good.error())};
  auto from = batch_reader::open(file, log_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  const auto begin = find_beginning(store, (*from)->head().head);
  if (!begin)
    return std::unexpected{begin.error()};
  if (begin->whole)
    return verify_export(file, options);
  if (auto done = import_batches(**from, store, begin->reached, options); !done)
    return std::unexpected{std::move(done.error())};
  return file_of(**from);
}

auto verify_export(const std::filesystem::path& file, const transfer_options& options)
  -> result<log_file> {
  auto from = batch_reader::open(file, log_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  for (bool last = false; !last;) {
    const auto part = (*from)->next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped("nothing was found to be wrong so far");
    last = (*part)->last;
    if (options.progress && !(*part)->events.empty())
      options.progress((*part)->events.back().position.value, (*from)->head().head.position.value);
  }
  return file_of(**from);
}

} // namespace eventcore
