#include "read_model_tables.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

namespace eventcore::detail {

namespace {

auto name_of(std::string_view table, std::uint64_t generation) -> std::string {
  return fmt::format("{}_g{}", table, generation);
}

} // namespace

auto read_model_tables::find() -> generations { return find(""); }

// SQLite has one writer at a time.
auto read_model_tables::hold() -> generations {
  return find(within_.dialect() == sql_dialect::postgresql ? " FOR SHARE" : "");
}

auto read_model_tables::find(std::string_view how) -> generations {
  const std::string name{projection_};
  long long serving = 0;
  long long building = 0;
  within_.session() << fmt::format("SELECT generation, COALESCE(building, 0) FROM sql_read_models "
                                   "WHERE name = :name{}",
                                   how),
    soci::into(serving), soci::into(building), soci::use(name);
  return {.serving = static_cast<std::uint64_t>(serving),
          .building = static_cast<std::uint64_t>(building)};
}

auto read_model_tables::lock() -> generations {
  const std::string name{projection_};
  within_.session() << "INSERT INTO sql_read_models (name, generation, building) "
                       "VALUES (:name, 0, NULL) "
                       "ON CONFLICT (name) DO UPDATE SET generation = sql_read_models.generation",
    soci::use(name);
  return find();
}

void read_model_tables::keep(const generations& now) {
  const std::string name{projection_};
  const auto serving = static_cast<long long>(now.serving);
  const auto building = static_cast<long long>(now.building);
  within_.session() << "UPDATE sql_read_models SET generation = :serving, "
                       "building = NULLIF(:building, 0) WHERE name = :name",
    soci::use(serving), soci::use(building), soci::use(name);
}

auto read_model_tables::find_missing(std::uint64_t generation) -> std::optional<std::string> {
  for (const auto name : names_)
    if (auto table = name_of(name, generation); !exists(table))
      return table;
  return std::nullopt;
}

auto read_model_tables::find_taken() -> std::optional<std::string_view> {
  for (const auto name : names_)
    if (exists(std::string{name}))
      return name;
  return std::nullopt;
}

auto read_model_tables::exists(const std::string& table) -> bool {
  int count = 0;
  within_.session() << (within_.dialect() == sql_dialect::sqlite
                          ? "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') "
                            "AND name = :t"
                          : "SELECT count(*) FROM pg_class WHERE oid = to_regclass(:t)"),
    soci::into(count), soci::use(table);
  return count > 0;
}

void read_model_tables::show(std::uint64_t generation) {
  for (const auto name : names_)
    show_one(name, name_of(name, generation));
}

// PostgreSQL can replace a view, so that rights on it and views of it stay, unless its columns became
// others.
void read_model_tables::show_one(std::string_view name, const std::string& table) {
  auto& session = within_.session();
  const auto make = [&](std::string_view how) {
    session << fmt::format("{} VIEW \"{}\" AS SELECT * FROM {}", how, name, table);
  };
  if (within_.dialect() == sql_dialect::postgresql) {
    session << "SAVEPOINT eventcore_view";
    try {
      make("CREATE OR REPLACE");
      session << "RELEASE SAVEPOINT eventcore_view";
      return;
    } catch (const soci::soci_error&) {
      session << "ROLLBACK TO SAVEPOINT eventcore_view";
    }
  }
  session << fmt::format("DROP VIEW IF EXISTS \"{}\"", name);
  make("CREATE");
}

void read_model_tables::drop(std::uint64_t generation) {
  if (generation > 0)
    for (const auto name : names_)
      within_.session() << fmt::format("DROP TABLE IF EXISTS {}", name_of(name, generation));
}

} // namespace eventcore::detail
