#pragma once

#include <eventcore/testing/postgres_server.hpp>

#include <string>

/// While it lives, the server waits for a synchronous standby that does not exist. It notices that a little later.
class missing_standby {
public:
  explicit missing_standby(eventcore::testing::postgres_server& of) : server_{of} {
    set("= 'nobody'");
  }
  missing_standby(const missing_standby&) = delete;
  auto operator=(const missing_standby&) -> missing_standby& = delete;
  ~missing_standby() { end(); }

  /// From now on the server waits for none.
  void end() const { set("TO DEFAULT"); }

private:
  void set(const std::string& names) const {
    server_.run("ALTER SYSTEM SET synchronous_standby_names " + names);
    server_.run("SELECT pg_reload_conf()");
  }

  eventcore::testing::postgres_server& server_;
};
