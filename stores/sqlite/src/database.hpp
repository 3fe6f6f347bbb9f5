#pragma once

#include "reader_pool.hpp"
#include "wal_keeper.hpp"
#include "writer.hpp"

#include "eventcore/stores/sqlite.hpp"

#include <memory>
#include <utility>

namespace eventcore::sqlite {

/// The file and all connections to it, as the store and its maintenance use them.
class database {
public:
  database(std::filesystem::path file, sqlite_settings settings);

  /// Opens the file and brings its schema up to date, or only looks at it when it is read-only.
  /// Throws.
  void open();

  /// Fails with `read_only`, or when this thread does the work of a transaction.
  auto check_writable() const -> result<>;

  /// What `act(reader&)` gives.
  template <class Act>
  auto reading(Act act) -> std::invoke_result_t<Act, reader&> {
    return reading_from(*readers_, std::move(act));
  }

  /// The same with readers that are lent to users, who may read beside it.
  template <class Act>
  auto inspecting(Act act) -> std::invoke_result_t<Act, reader&> {
    return reading_from(*inspectors_, std::move(act));
  }

  /// What `act(connection&)` gives in a write transaction, unless the store is read-only.
  template <class Act>
  auto writing(Act act, durability how = durability::at_once)
    -> std::invoke_result_t<Act, connection&> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    return writer_->transact(std::move(act), how);
  }

  auto write() -> writer& { return *writer_; }
  auto watch() -> detail::head_watch& { return watch_; }
  auto file() const -> const std::filesystem::path& { return file_; }
  auto settings() const -> const sqlite_settings& { return settings_; }

  /// How a connection of one's own reads the file.
  auto options_to_read() const -> const connection_options& { return to_read_; }

private:
  void open_writing();
  void open_reading();

  template <class Act>
  auto reading_from(reader_pool& readers, Act act) -> std::invoke_result_t<Act, reader&> {
    try {
      auto taken = readers.take();
      try {
        return act(*taken);
      } catch (const database_error&) {
        auto failed = current_failure(file_, taken->on().waited());
        taken.drop();
        return std::unexpected{std::move(failed)};
      }
    } catch (...) {
      return std::unexpected{current_failure(file_, settings_.busy_timeout)};
    }
  }

  const std::filesystem::path file_;
  const sqlite_settings settings_;
  connection_options to_read_;
  detail::head_watch watch_;
  // Closed in reverse order: the last connection that closes tidies up beside the file, which only
  // the writer may.
  std::unique_ptr<writer> writer_;
  std::unique_ptr<wal_keeper> keeper_;
  std::unique_ptr<reader_pool> readers_;
  std::unique_ptr<reader_pool> inspectors_;
};

} // namespace eventcore::sqlite
