#pragma once

#include "line_source.hpp"
#include "lines.hpp"

#include "eventcore/failure.hpp"
#include "eventcore/maintenance.hpp"
#include "eventcore/recorded_event.hpp"
#include "eventcore/transfer/options.hpp"

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace eventcore::transfer {

/// Some lines of a file, read. The events point into it.
struct batch {
  std::pmr::monotonic_buffer_resource memory{1024 * 1024};
  std::vector<recorded_event> events{};
  std::vector<recorded_request> requests{};
  std::vector<archive_entry> archives{};
  std::vector<stream_line> streams{};
  bool last = false; ///< the file ended behind it, as it should, with the right checksum
};

/// Reads a log or an archive from its beginning to its end, some lines ahead on another thread. All
/// failures name the line.
class batch_reader {
public:
  /// `holds` is `log_format` or `archive_format`.
  static auto open(const std::filesystem::path& file, std::string_view holds)
    -> result<std::unique_ptr<batch_reader>>;

  batch_reader(const batch_reader&) = delete;
  auto operator=(const batch_reader&) -> batch_reader& = delete;

  auto head() const -> const header& { return header_; }

  /// The next lines. A commit of a log is not divided. Not called again after the last batch.
  auto next() -> result<std::unique_ptr<batch>>;

  /// What the last line says, after the last batch.
  auto end() const -> const trailer& { return end_; }

private:
  batch_reader(line_source from, header head) : from_{std::move(from)}, header_{std::move(head)} {}

  auto read_batch() -> result<std::unique_ptr<batch>>;
  auto is_due() const -> bool;
  auto take(std::string_view line, batch& into) -> result<>;
  auto take_event(std::string_view line, batch& into) -> result<>;
  auto take_end(std::string_view line, batch& into) -> result<>;

  line_source from_;
  header header_;
  trailer end_{};
  std::uint64_t events_ = 0;
  commit_id commit_{}; // of the last event
  std::uint64_t requests_ = 0;
  std::size_t lines_ = 0; // of the batch that is being read
  std::size_t bytes_ = 0; // also
  bool full_ = false;     // also
  std::future<result<std::unique_ptr<batch>>> ahead_{};
};

/// Compares the checksum of a whole log or archive with its last line, without looking at the
/// others. Tells `preparing`.
auto check_sum(const std::filesystem::path& file, std::string_view holds,
               const transfer_options& options) -> result<>;

/// The failure of work that was stopped.
auto stopped(std::string_view what) -> std::unexpected<failure>;

} // namespace eventcore::transfer
