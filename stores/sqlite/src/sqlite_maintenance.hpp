#pragma once

#include "database.hpp"

#include "eventcore/maintenance.hpp"

namespace eventcore::sqlite {

/// What operators do with a store in a file. It uses the store's connections.
class sqlite_maintenance final : public store_maintenance {
public:
  explicit sqlite_maintenance(database& of) : in_{of} {}

  auto list_streams(const stream_query& query) -> result<std::vector<stream_entry>> override;
  auto statistics() -> result<store_statistics> override;
  auto list_requests(std::string_view after, std::size_t limit)
    -> result<std::vector<recorded_request>> override;
  auto list_snapshots(const stream_query& query) -> result<std::vector<snapshot_entry>> override;
  auto drop_snapshots(const stream_query& query) -> result<std::uint64_t> override;
  auto forget_requests(std::chrono::milliseconds age, std::size_t limit)
    -> result<std::uint64_t> override;
  auto restore(const restore_batch& part) -> result<> override;
  auto restoring() -> result<std::string> override;
  auto archive(const archive_entry& into, std::span<const expectation> streams)
    -> result<std::uint64_t> override;
  auto unarchive(std::string_view file, std::span<const recorded_event> events)
    -> result<std::uint64_t> override;
  auto list_archives() -> result<std::vector<archive_entry>> override;
  auto forget_archive(std::string_view file) -> result<> override;
  auto back_up(const std::filesystem::path& to, const std::function<void(double)>& progress)
    -> result<> override;

private:
  database& in_;
};

} // namespace eventcore::sqlite
