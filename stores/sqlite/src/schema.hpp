#pragma once

#include "connection.hpp"

#include "eventcore/backends.hpp"

#include <chrono>
#include <filesystem>
#include <span>
#include <string_view>

namespace eventcore::sqlite {

/// What marks a file as ours, in its header ("EvCo").
inline constexpr long long application_id = 0x4576436F;

/// One numbered step of the schema, forwards only. Their numbers are 1, 2, 3, ...
struct migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

/// All steps that this program knows.
auto migrations() -> std::span<const migration>;

/// What a file holds.
enum class content : std::uint8_t { nothing = 1, ours, foreign };

/// Looks at the file without changing it.
auto look_at(connection& on) -> content;

/// Throws the failure of a file that belongs to another application.
[[noreturn]] void refuse_foreign(const std::filesystem::path& file);

/// Applies the steps that are missing, all in one transaction, so that of two programs that come at
/// once one waits and finds them done; `settings.migrated` is told then. Throws `schema_mismatch` for
/// a file of another application, for a schema that is newer than `steps`, and for an older one unless
/// `settings.migrate` is set.
void migrate(connection& on, const std::filesystem::path& file, std::span<const migration> steps,
             std::chrono::sys_seconds now, const store_settings& settings = {});

/// Throws `schema_mismatch` unless the file is ours and its schema exactly that of `steps`.
void require_schema(connection& on, const std::filesystem::path& file,
                    std::span<const migration> steps);

} // namespace eventcore::sqlite
