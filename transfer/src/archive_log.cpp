#include "archivable.hpp"
#include "archive_writer.hpp"
#include "batch_reader.hpp"

#include "eventcore/detail/archiving.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace eventcore {

namespace {

using namespace transfer;

constexpr std::uint64_t taken_at_once = 5'000; // payloads of one transaction, at least one stream

auto now() -> timestamp {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

auto is_there(const std::filesystem::path& file) -> bool {
  std::error_code unseen;
  return std::filesystem::exists(file, unseen);
}

/// How the store knows it.
auto name_of(const std::filesystem::path& file) -> std::string {
  return std::filesystem::absolute(file).lexically_normal().string();
}

/// Whether the store will take the name: it keeps one checksum for each.
auto check_new(event_store& store, const std::string& name) -> result<> {
  if (auto valid = detail::validate(archive_entry{.file = name}); !valid)
    return valid;
  const auto known = store.maintenance().list_archives();
  if (!known)
    return std::unexpected{known.error()};
  if (std::ranges::find(*known, name, &archive_entry::file) != known->end())
    return fail(
      errc::invalid_argument,
      fmt::format("payloads of the store are in an archive {}, which is not there any more; "
                  "put it back, or name another file",
                  name));
  return {};
}

/// Writes the archive; false when there was nothing to write, and no file is left.
auto write_archive(event_store& store, const std::filesystem::path& file,
                   const archive_selection& selection, const transfer_options& options)
  -> result<bool> {
  const auto name = name_of(file);
  if (auto good = check_new(store, name); !good)
    return std::unexpected{std::move(good.error())};
  auto to = output_file::open(file);
  if (!to)
    return std::unexpected{std::move(to.error())};
  if (auto cut = to->cut(0); !cut)
    return std::unexpected{std::move(cut.error())};
  archive_writer writer{store, *to, compression_named(file)};
  auto done = writer.begin({.holds = std::string{archive_format}, .name = name, .made_at = now()});
  if (done)
    done = each_archivable(store, selection, [&](auto streams) -> result<> {
      if (options.stop.stop_requested())
        return stopped("nothing was taken out of the store");
      auto added = writer.add(streams);
      if (added && options.preparing)
        options.preparing(writer.events(), 0);
      return added;
    });
  if (done && writer.streams() > 0)
    done = writer.end();
  if (!done || writer.streams() == 0)
    to->remove();
  else
    done = to->finish();
  if (!done)
    return std::unexpected{std::move(done.error())};
  return writer.streams() > 0;
}

/// Takes what an archive holds out of the store.
class taking_out {
public:
  taking_out(event_store& store, archive_file file, const stream_query& wanted,
             const transfer_options& options)
      : store_{store}, options_{options},
        wanted_{.kinds = wanted.kinds, .prefix = wanted.prefix, .glob = wanted.glob},
        done_{.file = std::move(file)} {}

  auto run(batch_reader& from) -> result<archived_payloads> {
    for (bool last = false; !last;) {
      const auto part = from.next();
      if (!part)
        return std::unexpected{part.error()};
      last = (*part)->last;
      for (const auto& stream : (*part)->streams)
        if (auto taken = add(stream); !taken)
          return std::unexpected{std::move(taken.error())};
    }
    if (auto taken = take(); !taken)
      return std::unexpected{std::move(taken.error())};
    return std::move(done_);
  }

private:
  // A file that was there already may hold streams that are not asked for.
  auto add(const stream_line& stream) -> result<> {
    if (!fits(wanted_, stream.id, {})) {
      ++done_.left;
      return {};
    }
    streams_.push_back({.stream = stream_id::trusted(stream.id), .head = stream.head});
    waiting_ += stream.events;
    seen_ += stream.events;
    if (waiting_ < taken_at_once)
      return {};
    if (auto taken = take(); !taken)
      return taken;
    if (options_.progress)
      options_.progress(seen_, done_.file.events);
    return {};
  }

  auto take() -> result<> {
    if (options_.stop.stop_requested())
      return stopped(fmt::format("{} payloads were taken out so far; the same command goes on "
                                 "where this one ended",
                                 done_.payloads));
    auto taken = take_out(streams_);
    if (!taken && is_changed(taken.error()))
      taken = take_each();
    streams_.clear();
    waiting_ = 0;
    return taken;
  }

  // A stream that was opened again does not keep the others.
  auto take_each() -> result<> {
    for (const auto& each : streams_)
      if (auto taken = take_out({&each, 1}); !taken) {
        if (!is_changed(taken.error()))
          return taken;
        ++done_.left;
      }
    return {};
  }

  auto take_out(std::span<const expectation> streams) -> result<> {
    if (streams.empty())
      return {};
    const auto taken = store_.maintenance().archive(
      {.file = done_.file.name, .checksum = done_.file.checksum, .made_at = done_.file.made_at},
      streams);
    if (!taken)
      return std::unexpected{taken.error()};
    done_.payloads += *taken;
    return {};
  }

  static auto is_changed(const failure& why) -> bool { return why.code == errc::version_conflict; }

  event_store& store_;
  const transfer_options& options_;
  const event_filter wanted_;
  archived_payloads done_;
  std::vector<expectation> streams_{};
  std::uint64_t waiting_ = 0; // events of these streams
  std::uint64_t seen_ = 0;
};

/// An earlier archiving made the file, and all that it was to do is done.
auto refuse_more(event_store& store, const std::filesystem::path& file,
                 const archive_selection& selection) -> result<> {
  const auto more = plan_archive(store, selection);
  if (!more)
    return std::unexpected{more.error()};
  if (more->streams == 0)
    return {};
  return fail(errc::invalid_argument,
              fmt::format("{} was made before, and nothing of it is left to take out; {} closed "
                          "streams are not in it: name another file for them",
                          file.string(), more->streams));
}

} // namespace

auto archive_streams(event_store& store, const std::filesystem::path& file,
                     const archive_selection& selection, const transfer_options& options)
  -> result<archived_payloads> {
  if (file == "-")
    return fail(errc::invalid_argument, "an archive goes into a file, not to the standard output");
  const bool made_before = is_there(file);
  if (!made_before) {
    const auto written = write_archive(store, file, selection, options);
    if (!written)
      return std::unexpected{written.error()};
    if (!*written)
      return archived_payloads{};
  } else if (auto kept = detail::make_durable(file); !kept) { // it may just have come there
    return std::unexpected{std::move(kept.error())};
  }
  // Read from the disk what was written, before anything is given up for it.
  auto whole = verify_archive(file, {.progress = options.preparing, .stop = options.stop});
  if (!whole)
    return std::unexpected{std::move(whole.error())};
  auto from = batch_reader::open(file, archive_format);
  if (!from)
    return std::unexpected{std::move(from.error())};
  auto done = taking_out{store, std::move(*whole), selection.which, options}.run(**from);
  if (done && made_before && done->payloads == 0)
    if (auto all = refuse_more(store, file, selection); !all)
      return std::unexpected{std::move(all.error())};
  return done;
}

} // namespace eventcore
