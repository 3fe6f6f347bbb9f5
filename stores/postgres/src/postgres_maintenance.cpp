#include "postgres_maintenance.hpp"

#include "archives.hpp"
#include "dump.hpp"
#include "requests.hpp"
#include "restoring.hpp"
#include "snapshots.hpp"
#include "streams.hpp"

#include "eventcore/detail/archiving.hpp"
#include "eventcore/detail/restored_part.hpp"
#include "eventcore/detail/stream_selection.hpp"

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

constexpr std::string_view right_to_move_payloads =
  "INSERT, UPDATE ON archives and UPDATE (payload, payload_bytes, archive) ON events";

} // namespace

auto postgres_maintenance::list_streams(const stream_query& query)
  -> result<std::vector<stream_entry>> {
  if (auto valid = detail::validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.reading([&](reader& from) -> result<std::vector<stream_entry>> {
    return postgres::list_streams(from.on(), query);
  });
}

auto postgres_maintenance::statistics() -> result<store_statistics> {
  return access_.reading(
    [](reader& from) -> result<store_statistics> { return postgres::statistics(from.on()); });
}

auto postgres_maintenance::list_requests(std::string_view after, std::size_t limit)
  -> result<std::vector<recorded_request>> {
  return access_.reading([&](reader& from) -> result<std::vector<recorded_request>> {
    return postgres::list_requests(from.on(), after, limit);
  });
}

auto postgres_maintenance::list_snapshots(const stream_query& query)
  -> result<std::vector<snapshot_entry>> {
  if (auto valid = detail::validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.reading([&](reader& from) -> result<std::vector<snapshot_entry>> {
    return postgres::list_snapshots(from.on(), query);
  });
}

auto postgres_maintenance::drop_snapshots(const stream_query& query) -> result<std::uint64_t> {
  if (auto valid = detail::validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.maintaining("DELETE ON snapshots", [&](connection& on) -> result<std::uint64_t> {
    return postgres::drop_snapshots(on, query);
  });
}

auto postgres_maintenance::forget_requests(std::chrono::milliseconds age, std::size_t limit)
  -> result<std::uint64_t> {
  return access_.maintaining("DELETE ON requests", [&](connection& on) -> result<std::uint64_t> {
    return postgres::forget_requests(on, age, limit, access_.now());
  });
}

auto postgres_maintenance::restore(const restore_batch& part) -> result<> {
  if (auto writable = access_.check_writable(); !writable)
    return writable;
  const auto streams = detail::check_part(part);
  if (!streams)
    return std::unexpected{streams.error()};
  return access_.writing().restore(part, *streams);
}

auto postgres_maintenance::restoring() -> result<std::string> {
  return access_.reading(
    [](reader& from) -> result<std::string> { return postgres::restoring(from.on()); });
}

auto postgres_maintenance::archive(const archive_entry& into, std::span<const expectation> streams)
  -> result<std::uint64_t> {
  if (auto valid = detail::validate(into); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.maintaining(right_to_move_payloads,
                             [&](connection& on) { return postgres::archive(on, into, streams); });
}

auto postgres_maintenance::unarchive(std::string_view file, std::span<const recorded_event> events)
  -> result<std::uint64_t> {
  for (const auto& each : events)
    if (auto valid = detail::validate_returning(each); !valid)
      return std::unexpected{std::move(valid.error())};
  return access_.maintaining(right_to_move_payloads,
                             [&](connection& on) { return postgres::unarchive(on, file, events); });
}

auto postgres_maintenance::list_archives() -> result<std::vector<archive_entry>> {
  return access_.reading([](reader& from) -> result<std::vector<archive_entry>> {
    return postgres::list_archives(from.on());
  });
}

auto postgres_maintenance::forget_archive(std::string_view file) -> result<> {
  return access_.maintaining("UPDATE, DELETE ON archives",
                             [&](connection& on) { return postgres::forget_archive(on, file); });
}

auto postgres_maintenance::back_up(const std::filesystem::path& to,
                                   const std::function<void(double)>& /*progress*/) -> result<> {
  const auto& where = access_.where();
  return fail(errc::invalid_argument,
              fmt::format("{} has a tool of its own for backups, also while it is in use: run {}",
                          where.name(), dump_command(where, to)));
}

} // namespace eventcore::postgres
