#include "batch_reader.hpp"

#include "eventcore/transfer/archive_file.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

using namespace transfer;

/// Looks that the store has such an archive, made as this very file.
auto check_known(event_store& store, const archive_file& found, const std::filesystem::path& file)
  -> result<> {
  const auto known = store.maintenance().list_archives();
  if (!known)
    return std::unexpected{known.error()};
  const auto entry = std::ranges::find(*known, found.name, &archive_entry::file);
  if (entry == known->end())
    return fail(errc::not_found,
                fmt::format("the store knows no archive {}: it was restored before, or {} belongs "
                            "to another store",
                            found.name, file.string()));
  if (entry->checksum != found.checksum)
    return fail(errc::codec_failed,
                fmt::format("{} has the checksum {}, the archive that was made as {} has {}: it is "
                            "another file; find the right one",
                            file.string(), found.checksum, found.name, entry->checksum));
  return {};
}

auto put_back(event_store& store, batch_reader& from, const archive_file& found,
              const transfer_options& options) -> result<> {
  std::uint64_t done = 0;
  for (bool last = false; !last;) {
    const auto part = from.next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped(fmt::format("{} of {} payloads are back; the same command goes on where this "
                                 "one ended",
                                 done, found.events));
    last = (*part)->last;
    const auto& events = (*part)->events;
    if (events.empty())
      continue;
    if (auto put = store.maintenance().unarchive(found.name, events); !put)
      return std::unexpected{put.error()};
    done += events.size();
    if (options.progress)
      options.progress(done, found.events);
  }
  return {};
}

} // namespace

auto verify_archive(const std::filesystem::path& file, const transfer_options& options)
  -> result<archive_file> {
  auto from = batch_reader::open(file, archive_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  archive_file found{.name = (*from)->head().name, .made_at = (*from)->head().made_at};
  for (bool last = false; !last;) {
    const auto part = (*from)->next();
    if (!part)
      return std::unexpected{part.error()};
    if (options.stop.stop_requested())
      return stopped("nothing was done");
    last = (*part)->last;
    found.streams += (*part)->streams.size();
    found.events += (*part)->events.size();
    if (options.progress && !last)
      options.progress(found.events, 0);
  }
  found.checksum = (*from)->end().checksum;
  return found;
}

auto restore_archive(event_store& store, const std::filesystem::path& file,
                     const transfer_options& options) -> result<archive_file> {
  if (file == "-")
    return fail(errc::invalid_argument,
                "an archive is read twice: from a file, not from the standard input");
  auto found = verify_archive(file, {.progress = options.preparing, .stop = options.stop});
  if (!found)
    return found;
  if (auto known = check_known(store, *found, file); !known)
    return std::unexpected{std::move(known.error())};
  auto from = batch_reader::open(file, archive_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  if (auto put = put_back(store, **from, *found, options); !put)
    return std::unexpected{std::move(put.error())};
  if (auto forgotten = store.maintenance().forget_archive(found->name); !forgotten)
    return std::unexpected{std::move(forgotten.error())};
  return found;
}

} // namespace eventcore
