#pragma once

#include "eventcore/event_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace eventcore {

/// What a store on a PostgreSQL server understands besides; other stores ignore it.
struct postgres_settings {
  std::string schema = "eventcore"; ///< the PostgreSQL schema that holds the tables; several may
                                    ///< share a database
  std::string application_name = "eventcore"; ///< what pg_stat_activity shows
  std::size_t connections = 5; ///< most that are open at once, 3 to 1000: one writes, one listens,
                               ///< the others read and keep records
  std::chrono::milliseconds connect_timeout{5'000}; ///< rounded up to seconds, at least two
  std::chrono::milliseconds lock_timeout{10'000}; ///< wait for the head row held by another program
  std::chrono::milliseconds statement_timeout{30'000}; ///< of one statement that reads; 0: none
  std::chrono::milliseconds poll_interval{
    500}; ///< how often the log's head is looked at when no notice comes
};

/// What every backend understands when it opens a store.
struct store_settings {
  bool read_only = false; ///< open for reading; writing fails with `read_only`
  bool create = true;     ///< make the database when there is none
  bool migrate = true;    ///< bring an older schema up to date; refused with `schema_mismatch`
                          ///< otherwise
  std::function<void(int number, std::string_view name)>
    migrated{};    ///< told of each step by which opening brought the schema up to date
  limits bounds{}; ///< on one write set
  std::chrono::milliseconds busy_timeout{
    30'000}; ///< how long to wait for other processes before `store_unavailable`
  std::function<timestamp()>
    clock{}; ///< for recorded times and leases; the system's clock when empty, PostgreSQL: the
             ///< server's
  postgres_settings postgres{};
};

/// Opens one kind of store. `url` is the whole URL, its scheme included.
using store_opener = std::function<result<std::shared_ptr<event_store>>(
  std::string_view url, const store_settings& settings)>;

/// The backends that a program links, by URL scheme: `memory:`, `sqlite:path`, `postgresql://...`.
class backends {
public:
  /// Adds a backend, or replaces the one of that scheme (written without the colon).
  auto add(std::string scheme, store_opener opener) -> backends&;

  /// Opens the store that `url` names. Fails with `invalid_argument` when no backend has its
  /// scheme, and says which there are.
  [[nodiscard]] auto open(std::string_view url, const store_settings& settings = {}) const
    -> result<std::shared_ptr<event_store>>;

private:
  std::map<std::string, store_opener, std::less<>> openers_;
};

} // namespace eventcore
