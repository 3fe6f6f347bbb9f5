#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

struct pg_conn; // libpq's connection

namespace eventcore::testing {

/// Rows of values as the server writes them; a NULL is the text "NULL".
using postgres_rows = std::vector<std::vector<std::string>>;

/// A connection of a test's own to a PostgreSQL server, for what it does behind a store's back. Not
/// thread-safe. What the server refuses throws `std::runtime_error` with its words. Link
/// `eventcore::testing_postgres`.
class postgres_connection {
public:
  /// Connects; `url` as libpq takes it.
  explicit postgres_connection(const std::string& url);

  /// Runs one statement or several.
  void run(const std::string& sql);

  /// The rows that `sql` gives; of several statements the last one's.
  auto query(const std::string& sql) -> postgres_rows;

  /// The first value of the first row that `sql` gives. Throws when it gives none.
  auto ask(const std::string& sql) -> std::string;

  /// The server's process behind this connection.
  auto backend() const -> ::pid_t;

private:
  struct closer {
    void operator()(pg_conn* connection) const;
  };

  std::unique_ptr<pg_conn, closer> connection_;
};

} // namespace eventcore::testing
