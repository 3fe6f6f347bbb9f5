#pragma once

#include "address.hpp"
#include "connection.hpp"
#include "trip.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace eventcore::postgres {

/// What a connection is for.
enum class purpose : std::uint8_t {
  writing = 1, ///< the critical section and the schema
  reading,     ///< reading and small records
  listening,
};

/// What stands against a connection: libpq's words, and the server's SQLSTATE if it gave one.
struct obstacle {
  std::string state;
  std::string words;
};

/// Opens the connections of one store. After a failure it gives the same failure for a while
/// without trying, so that a server in trouble is not hammered: 50 ms, doubling up to one second.
/// Thread-safe.
class connector {
public:
  connector(address where, const store_settings& settings);

  /// Throws `store_error`: `not_found` for an unknown host or database and `invalid_argument` for a
  /// user that is not let in, as long as the store is being opened; later everything that stands in
  /// the way is `store_unavailable`, since somebody may mend it.
  auto connect(purpose what_for) -> std::unique_ptr<connection>;

  /// Adds to a trip of a connection that reads, whose session others had, what brings the session
  /// back to how `connect` gave it. Gives how many answers that makes; they tell nothing.
  auto add_restoring(trip& to) const -> int;

  /// The store is open.
  void opened() { opened_ = true; }

  auto where() const -> const address& { return where_; }

private:
  auto try_to_connect(purpose what_for) const -> std::unique_ptr<connection>;
  void set_up(connection& on, purpose what_for) const;
  void add_setting_up(trip& to, purpose what_for) const;
  auto refusal(const obstacle& why) const -> failure;

  const address where_;
  const postgres_settings settings_;
  const bool read_only_;
  std::atomic<bool> opened_ = false;

  std::mutex guard_; // guards all below
  std::optional<failure> last_failure_;
  std::chrono::milliseconds pause_{};
  std::chrono::steady_clock::time_point closed_until_{};
};

} // namespace eventcore::postgres
