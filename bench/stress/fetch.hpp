#pragma once

#include "eventcore/stream_id.hpp"

#include <cstddef>
#include <memory>
#include <string>

// What reading is compared with: a bare fetch of the same rows through SOCI, a thousand at a time into vectors, which is
// its fastest form. Everything but numbers is fetched as text; nothing is done with it.
namespace bench {

class bare_fetch {
public:
  /// From the tables of a store in a SQLite file.
  static auto from_sqlite(const std::string& file) -> bare_fetch;

  /// From those in a schema of a PostgreSQL database.
  static auto from_postgres(const std::string& url, const std::string& schema) -> bare_fetch;

  bare_fetch(bare_fetch&&) noexcept;
  ~bare_fetch();

  /// Names the stream for `stream`.
  void choose(const eventcore::stream_id& id);

  /// The number of its events, the first thousand, all of them fetched.
  auto stream() -> std::size_t;

  /// The number of events in the log, all of them fetched by position, with the ids of their streams.
  auto log() -> std::size_t;

private:
  class statements;

  explicit bare_fetch(std::unique_ptr<statements> made);

  std::unique_ptr<statements> made_;
};

} // namespace bench
