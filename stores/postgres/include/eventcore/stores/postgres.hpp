#pragma once

#include "eventcore/backends.hpp"

#include <memory>
#include <string_view>

/// A store on a PostgreSQL server (14 or newer), for many programs on many machines. All programs
/// may write; they take turns at the log's head row, and nobody who reads waits.
namespace eventcore::postgres {

/// Opens the store at `url`, makes its schema when there is none and brings an older one to this
/// program's. `settings.postgres` says which schema, how many connections and how long to wait.
///
/// `url` is what libpq understands: `postgresql://user:password@host:port/database?sslmode=require`
/// (or `postgres://`), or keywords behind the scheme: `postgresql:host=/run/postgresql dbname=bank`.
/// What it leaves out comes from libpq's environment variables and defaults. A password appears in
/// no message.
///
/// Everything acknowledged is durable (`synchronous_commit` is never below `on`).
///
/// Fails with `invalid_argument` for a malformed URL or setting and for a user or password that the
/// server does not take, `not_found` when there is no such host or database, or no schema and none
/// may be made, `schema_mismatch` when the schema belongs to something else or a newer program or
/// the server is too old, `read_only` when rights are missing or the server is a standby,
/// `store_corrupt` when the heads do not fit the log, and `store_unavailable` when the server cannot
/// be reached or does not answer in time. A schema that is refused is left as it is.
auto open(std::string_view url, const store_settings& settings = {})
  -> result<std::shared_ptr<event_store>>;

/// Adds this backend under the schemes `postgresql` and `postgres`.
auto add_to(backends& to) -> backends&;

} // namespace eventcore::postgres
