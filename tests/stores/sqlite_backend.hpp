#pragma once

#include "eventcore/stores/sqlite.hpp"
#include "eventcore/testing/contract.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <sqlite3.h>

/// A store in a new SQLite file as the contract suite wants it; what is done behind its back is
/// done by a connection of the test's own.
struct sqlite_backend : eventcore::testing::contract_backend {
  sqlite_backend() {
    auto pattern = (std::filesystem::temp_directory_path() / "eventcore-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no directory for the test's database: " + pattern};
    directory = pattern;
  }

  ~sqlite_backend() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }

  auto open(const eventcore::store_settings& settings)
    -> eventcore::result<std::shared_ptr<eventcore::event_store>> override {
    return eventcore::sqlite::open(file(), {settings});
  }

  auto lacks(eventcore::testing::contract_need) const -> std::string override { return {}; }

  void make_schema_newer() override {
    run("INSERT INTO migrations VALUES (1000000, 'from the future', '2100-01-01T00:00:00Z')");
  }

  auto tamper() -> std::vector<eventcore::testing::tampering> override {
    std::vector<eventcore::testing::tampering> attempts;
    for (const auto* sql : {
           "UPDATE events SET payload = '{}' WHERE position = 1",
           "UPDATE events SET position = 100 WHERE position = 1",
           "UPDATE OR REPLACE events SET position = 1 WHERE position = 2",
           "DELETE FROM events WHERE position = 1",
           "DELETE FROM events", // SQLite's TRUNCATE
         }) {
      const auto answer = try_to(sql);
      attempts.push_back({sql, !answer.empty(), answer});
    }
    return attempts;
  }

  void damage() override {
    run("DROP TRIGGER events_are_not_updated; UPDATE events SET version = 99 WHERE position = 2");
  }

  auto file() const -> std::filesystem::path { return directory / "store.db"; }

  /// What the database answers when it refuses `sql`; empty when it does it.
  auto try_to(const char* sql) const -> std::string {
    sqlite3* on = nullptr;
    sqlite3_open(file().c_str(), &on);
    sqlite3_busy_timeout(on, 10'000);
    const auto code = sqlite3_exec(on, sql, nullptr, nullptr, nullptr);
    std::string answer = code == SQLITE_OK ? "" : sqlite3_errmsg(on);
    sqlite3_close(on);
    return answer;
  }

  void run(const char* sql) const {
    if (const auto refused = try_to(sql); !refused.empty())
      throw std::runtime_error{std::string{sql} + ": " + refused};
  }

  std::filesystem::path directory;
};
