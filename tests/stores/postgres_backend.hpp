#pragma once

#include "eventcore/stores/postgres.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/contract.hpp"
#include "eventcore/testing/postgres_server.hpp"

#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

/// The one server of a test program. Its cases have schemas of their own.
inline auto shared_server() -> eventcore::testing::postgres_server& {
  static const auto server = eventcore::testing::must(eventcore::testing::postgres_server::start());
  return *server;
}

/// A store in a new schema of the shared server as the contract suite wants it; what is done behind
/// its back is done by connections of the test's own.
struct postgres_backend : eventcore::testing::contract_backend {
  postgres_backend() {
    static int made = 0;
    schema = "test_" + std::to_string(++made);
  }

  ~postgres_backend() override {
    try {
      server.run("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    } catch (const std::exception&) {
      // A case that left the server stopped has failed already.
    }
  }

  auto open(const eventcore::store_settings& settings)
    -> eventcore::result<std::shared_ptr<eventcore::event_store>> override {
    return open_at(server.url(), settings);
  }

  /// Opens the schema through another address of the server.
  auto open_at(const std::string& url, eventcore::store_settings settings = {}) const
    -> eventcore::result<std::shared_ptr<eventcore::event_store>> {
    settings.postgres.schema = schema;
    return eventcore::postgres::open(url, settings);
  }

  /// The server's address for another role.
  auto url_of(std::string_view role) const -> std::string {
    return fmt::format("postgresql://{}@127.0.0.1:{}/postgres", role, server.port());
  }

  auto lacks(eventcore::testing::contract_need) const -> std::string override { return {}; }

  void make_schema_newer() override {
    run("INSERT INTO migrations (number, name, applied_at) VALUES (1000000, 'from the future', "
        "now())");
  }

  auto tamper() -> std::vector<eventcore::testing::tampering> override {
    std::vector<eventcore::testing::tampering> attempts;
    for (const auto* sql : {
           "UPDATE events SET payload = '{}' WHERE position = 1",
           "UPDATE events SET position = 100 WHERE position = 1",
           "UPDATE events SET type = type",
           "INSERT INTO events SELECT * FROM events WHERE position = 1 "
           "ON CONFLICT (position) DO UPDATE SET type = 'other'",
           "DELETE FROM events WHERE position = 1",
           "DELETE FROM events",
           "TRUNCATE events",
           "TRUNCATE streams, events CASCADE",
         }) {
      const auto answer = try_to(sql);
      attempts.push_back({sql, !answer.empty(), answer});
    }
    return attempts;
  }

  void damage() override { run_untriggered("UPDATE events SET version = 99 WHERE position = 2"); }

  /// A connection that sees the schema's tables.
  auto connect() const -> eventcore::testing::postgres_connection {
    auto made = server.connect();
    made.run("SET search_path TO " + schema);
    return made;
  }

  void run(const std::string& sql) const { connect().run(sql); }
  auto ask(const std::string& sql) const -> std::string { return connect().ask(sql); }

  /// Runs `sql` with the triggers that keep the events as they are left out.
  void run_untriggered(const std::string& sql) const {
    auto by_force = connect();
    by_force.run("SET session_replication_role = replica");
    by_force.run(sql);
  }

  /// What the database answers when it refuses `sql`; empty when it does it.
  auto try_to(const std::string& sql) const -> std::string {
    try {
      run(sql);
      return {};
    } catch (const std::exception& refusal) {
      return refusal.what();
    }
  }

  eventcore::testing::postgres_server& server = shared_server();
  std::string schema;
};
