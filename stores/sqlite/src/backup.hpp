#pragma once

#include "connection.hpp"

#include "eventcore/failure.hpp"

#include <filesystem>
#include <functional>

namespace eventcore::sqlite {

/// Copies a database as of one moment to the new file `to`, which appears there when it is whole and
/// on the disk; until then it is `to`.partial. Others write meanwhile, but the write-ahead log is not
/// made shorter. Fails as `store_maintenance::back_up` promises.
auto back_up(const connection_options& from, const std::filesystem::path& to,
             const std::function<void(double)>& progress) -> result<>;

} // namespace eventcore::sqlite
