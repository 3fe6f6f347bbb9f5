#include "batch_reader.hpp"
#include "output_file.hpp"
#include "part_writer.hpp"
#include "partial_log.hpp"
#include "write_lines.hpp"

#include "eventcore/log_batch.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

using namespace transfer;

constexpr page_bounds page{.events = 5'000, .bytes = 4 * 1024 * 1024};
constexpr std::size_t requests_at_once = 5'000;

/// One export from its first line, or from where an earlier one ended, to its last.
class exporting {
public:
  exporting(event_store& store, output_file& to, compression how, export_state state,
            const transfer_options& options)
      : store_{store}, to_{to}, options_{options}, state_{std::move(state)},
        writer_{to, how, std::move(state_.sum)} {}

  auto run() -> result<log_file> {
    auto done = write_events();
    if (done)
      done = write_requests();
    if (!done) {
      // What was written stays good for the next time; the first failure is the one to tell.
      static_cast<void>(writer_.finish());
      return std::unexpected{std::move(done.error())};
    }
    log_file made{.head = state_.head.head,
                  .events = state_.events,
                  .requests = state_.requests,
                  .checksum = writer_.sum()};
    append_line(
      trailer{.events = made.events, .requests = made.requests, .checksum = made.checksum},
      writer_.text());
    if (auto written = writer_.finish(); !written)
      return std::unexpected{std::move(written.error())};
    return made;
  }

  auto write_header() -> result<> {
    append_line(state_.head, writer_.text());
    return writer_.end_line();
  }

private:
  auto last() const -> std::uint64_t { return state_.head.head.position.value; }

  auto read_page(std::uint64_t after) {
    return std::async(std::launch::async, [this, after] {
      return store_.read(read_log{.after = {after}, .before = {last() + 1}, .page = page});
    });
  }

  // One page is read while another one is written.
  auto write_events() -> result<> {
    if (state_.events == last())
      return {};
    auto ahead = read_page(state_.events);
    while (state_.events < last()) {
      const auto read = ahead.get();
      if (!read)
        return std::unexpected{read.error()};
      if (options_.stop.stop_requested())
        return tell_stopped();
      if (read->events.empty())
        return missing();
      ahead = read_page(read->events.back().position.value);
      for (const auto& event : read->events)
        if (auto written = write_event(event); !written)
          return written;
      if (options_.progress)
        options_.progress(state_.events, last());
    }
    return {};
  }

  auto write_event(const recorded_event& event) -> result<> {
    if (event.position.value != state_.events + 1)
      return missing();
    if (event.position == state_.head.head.position && event.commit != state_.head.head.commit)
      return tell_rewound();
    if (event.encoding == encoding::archived && !state_.archives.contains(event.payload)) {
      const auto known = write_archive(event);
      if (!known)
        return std::unexpected{known.error()};
      if (!*known)
        return write_again(event);
    }
    if (auto appended = lines_.append(event, writer_.text()); !appended)
      return appended;
    ++state_.events;
    return writer_.end_line();
  }

  // Before the first event that is in it, so that it is known when the event is put into a store.
  // False when the store does not know it.
  auto write_archive(const recorded_event& event) -> result<bool> {
    const auto known = store_.maintenance().list_archives();
    if (!known)
      return std::unexpected{known.error()};
    const auto found = std::ranges::find(*known, event.payload, &archive_entry::file);
    if (found == known->end())
      return false;
    append_line(*found, writer_.text());
    state_.archives.insert(found->file);
    if (auto written = writer_.end_line(); !written)
      return std::unexpected{std::move(written.error())};
    return true;
  }

  // Its payload may have come back after it was read, and its archive been forgotten.
  auto write_again(const recorded_event& event) -> result<> {
    const auto read = store_.read(
      read_log{.after = {event.position.value - 1}, .before = {event.position.value + 1}});
    if (!read)
      return std::unexpected{read.error()};
    if (read->events.empty())
      return missing();
    const auto& now = read->events.front();
    if (now.encoding == event.encoding && now.payload == event.payload)
      return fail(errc::store_corrupt,
                  fmt::format("the event at position {} is in the archive {}, which the store does "
                              "not know; look for damage and restore a backup",
                              event.position.value, event.payload));
    return write_event(now);
  }

  auto read_requests(std::string after) {
    return std::async(std::launch::async, [this, after = std::move(after)] {
      return store_.maintenance().list_requests(after, requests_at_once);
    });
  }

  // Those of later events are left out. A request without events belongs to no position.
  auto write_requests() -> result<> {
    auto ahead = read_requests(state_.last_request);
    for (bool more = true; more;) {
      const auto some = ahead.get();
      if (!some)
        return std::unexpected{some.error()};
      if (options_.stop.stop_requested())
        return tell_stopped();
      more = some->size() == requests_at_once;
      if (more)
        ahead = read_requests(some->back().id.text());
      for (const auto& each : *some)
        if (each.done.count == 0 || each.done.first.value + each.done.count - 1 <= last()) {
          append_line(each, writer_.text());
          ++state_.requests;
          if (auto written = writer_.end_line(); !written)
            return written;
        }
    }
    return {};
  }

  auto missing() const -> std::unexpected<failure> {
    return fail(errc::store_corrupt,
                fmt::format("the store gives no event at position {}; look for "
                            "damage and restore a backup",
                            state_.events + 1));
  }

  // Not all of what was read is of one log.
  auto tell_rewound() const -> std::unexpected<failure> {
    return fail(errc::log_rewound,
                fmt::format("the log does not hold commit {} at position {} any more: an older "
                            "backup was restored meanwhile; remove {} and begin anew",
                            state_.head.head.commit.text(), last(), to_.partial().string()));
  }

  auto tell_stopped() const -> std::unexpected<failure> {
    const auto so_far = fmt::format("{} of {} events are exported", state_.events, last());
    return stopped(to_.is_stream() ? so_far
                                   : so_far + "; the same command goes on where this one ended");
  }

  event_store& store_;
  output_file& to_;
  const transfer_options& options_;
  export_state state_;
  part_writer writer_;
  event_lines lines_{json_form::canonical};
};

/// What an earlier export left, when the store still holds what was exported.
auto find_partial(event_store& store, const output_file& to, compression how)
  -> result<std::optional<export_state>> {
  if (to.is_stream())
    return std::nullopt;
  auto state = read_partial(to.partial(), how);
  if (!state || !*state)
    return state;
  const auto& head = (*state)->head.head;
  const auto found = find_position(store, head.position);
  if (found && found->commit == head.commit)
    return state;
  if (!found && found.error().code != errc::log_rewound)
    return std::unexpected{found.error()};
  return fail(errc::invalid_argument,
              fmt::format("{} was begun with another log: the store does not hold its last event; "
                          "remove it, or name another file",
                          to.partial().string()));
}

/// Half of a log is none.
auto check_whole(event_store& store) -> result<> {
  const auto source = store.maintenance().restoring();
  if (!source)
    return std::unexpected{source.error()};
  if (!source->empty())
    return fail(errc::invalid_argument,
                fmt::format("the store is being restored from {}; finish that first", *source));
  return {};
}

} // namespace

auto export_log(event_store& store, const std::filesystem::path& file,
                const transfer_options& options) -> result<log_file> {
  if (auto whole = check_whole(store); !whole)
    return std::unexpected{std::move(whole.error())};
  auto to = output_file::open(file);
  if (!to)
    return std::unexpected{std::move(to.error())};
  const auto how = compression_named(file);
  auto state = find_partial(store, *to, how);
  if (!state)
    return std::unexpected{std::move(state.error())};
  if (!to->is_stream())
    if (auto cut = to->cut(*state ? (*state)->size : 0); !cut)
      return std::unexpected{std::move(cut.error())};
  if (*state && (*state)->ended) {
    if (auto done = to->finish(); !done)
      return std::unexpected{std::move(done.error())};
    return verify_export(file, options);
  }
  const bool begun = state->has_value();
  if (!begun) {
    const auto head = store.head();
    if (!head)
      return std::unexpected{head.error()};
    state->emplace().head = {.holds = std::string{log_format}, .head = *head};
  }
  exporting work{store, *to, how, std::move(**state), options};
  if (!begun)
    if (auto written = work.write_header(); !written)
      return std::unexpected{std::move(written.error())};
  auto made = work.run();
  if (made)
    if (auto done = to->finish(); !done)
      return std::unexpected{std::move(done.error())};
  return made;
}

} // namespace eventcore
