#include "known_part.hpp"

#include "eventcore/transfer/log_file.hpp"

#include <system_error>

#include <fmt/format.h>

namespace eventcore {

namespace {

using namespace transfer;

/// A pipe gives what it has once.
auto can_be_read_twice(const std::filesystem::path& file) -> bool {
  std::error_code unseen;
  return file != "-" && std::filesystem::is_regular_file(file, unseen);
}

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

auto import_batches(batch_reader& from, event_store& store, log_position reached,
                    const import_options& options) -> result<> {
  known_part known{store, reached};
  const auto source = source_of(from.head().head);
  for (bool last = false; !last;) {
    const auto part = from.next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped("the store takes no other events yet; the same command goes on where this one "
                     "ended");
    const auto events = known.new_events(**part);
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

auto verify_rest(batch_reader& from, const transfer_options& options) -> result<log_file> {
  for (bool last = false; !last;) {
    const auto part = from.next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped("nothing was found to be wrong so far");
    last = (*part)->last;
    if (options.progress && !(*part)->events.empty())
      options.progress((*part)->events.back().position.value, from.head().head.position.value);
  }
  return file_of(from);
}

} // namespace

auto import_log(const std::filesystem::path& file, event_store& store,
                const import_options& options) -> result<log_file> {
  if (options.check)
    if (auto good = check_export(file, options); !good)
      return std::unexpected{std::move(good.error())};
  auto from = batch_reader::open(file, log_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  const auto begin = find_beginning(store, (*from)->head().head);
  if (!begin)
    return std::unexpected{begin.error()};
  if (begin->whole)
    return verify_rest(**from, options);
  if (auto done = import_batches(**from, store, begin->reached.position, options); !done)
    return std::unexpected{std::move(done.error())};
  return file_of(**from);
}

auto check_export(const std::filesystem::path& file, const transfer_options& options) -> result<> {
  return can_be_read_twice(file) ? check_sum(file, log_format, options) : result<>{};
}

auto verify_export(const std::filesystem::path& file, const transfer_options& options)
  -> result<log_file> {
  auto from = batch_reader::open(file, log_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  return verify_rest(**from, options);
}

} // namespace eventcore
