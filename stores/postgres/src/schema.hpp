#pragma once

#include "address.hpp"
#include "connection.hpp"

#include "eventcore/backends.hpp"

#include <span>
#include <string_view>

namespace eventcore::postgres {

/// One numbered step of the schema, forwards only. Their numbers are 1, 2, 3, ...
struct migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

/// All steps that this program knows.
auto migrations() -> std::span<const migration>;

/// Applies the steps that are missing, all in one transaction and one program at a time, so that of
/// two that come at once one waits and finds them done. Throws `not_found` when there is nothing and
/// `settings.create` is false, `schema_mismatch` for a schema that holds something else, for one that
/// is newer than `steps`, and for an older one unless `settings.migrate` is set.
void migrate(connection& on, const address& where, std::span<const migration> steps,
             const store_settings& settings);

/// Throws `not_found` or `schema_mismatch` unless there is a store whose schema is exactly that of
/// `steps`.
void require_schema(connection& on, const address& where, std::span<const migration> steps);

/// Throws `read_only` when this user lacks a right on the tables that the store needs, and says
/// which.
void require_rights(connection& on, const address& where, bool to_write);

/// Throws `store_corrupt` unless the log head names the last event.
void require_heads(connection& on, const address& where);

} // namespace eventcore::postgres
