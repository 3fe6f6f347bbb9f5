#pragma once

#include "support/wait_until.hpp"

#include <eventcore/testing/postgres_server.hpp>

#include <string>
#include <utility>

namespace support {

/// Holds rows against everybody else, as another program would, until it lets go or goes.
class row_holder {
public:
  /// Takes the rows that `which` names: "leases WHERE name = 'mail'".
  row_holder(eventcore::testing::postgres_connection on, const std::string& which)
      : on_{std::move(on)} {
    on_.run("BEGIN");
    on_.run("SELECT FROM " + which + " FOR UPDATE");
  }

  /// Waits until exactly so many others of this database wait for a lock.
  void wait_for_queue(int others) {
    wait_until(std::to_string(others) + " others that wait for a lock",
               [&] { return queue_length() == others; });
  }

  auto queue_length() -> int {
    on_.run(
      "SELECT pg_stat_clear_snapshot()"); // a transaction sees the others as it saw them first
    return std::stoi(on_.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                             "AND datname = current_database()"));
  }

  /// Waits until the server's clock shows `time`.
  void wait_for_time(const std::string& time) {
    on_.run("SELECT pg_sleep(greatest(0, extract(epoch FROM timestamptz '" + time
            + "' - clock_timestamp())))");
  }

  void run(const std::string& sql) { on_.run(sql); }

  void let_go() { on_.run("COMMIT"); }

private:
  eventcore::testing::postgres_connection on_;
};

} // namespace support
