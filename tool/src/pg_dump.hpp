#pragma once

#include "session.hpp"

#include <filesystem>

namespace tool {

/// Has pg_dump write the schema of a PostgreSQL store to a new file, in its custom format. The file
/// has its name only once it is whole. The password reaches pg_dump by its environment. Fails with
/// `not_found` when there is no pg_dump, with `store_unavailable` when it fails, or is ended
/// because a stop is asked for: nothing is left behind then.
auto run_pg_dump(const store_location& store, const std::filesystem::path& to,
                 const std::stop_token& stop) -> ec::result<>;

} // namespace tool
