#include "schema.hpp"

#include "errors.hpp"
#include "transaction.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

// The number of the last step that one of our files had. No file of ours is without the first.
auto applied(connection& on, const std::filesystem::path& file) -> long long {
  const auto known = on.number("SELECT coalesce(max(number), 0) FROM migrations");
  if (known == 0)
    raise(
      errc::store_corrupt,
      fmt::format("{} has lost the list of its migrations; it is left as it is, restore a backup",
                  file.string()));
  return known;
}

void refuse_newer(const std::filesystem::path& file, long long found, std::size_t known) {
  if (found > static_cast<long long>(known))
    raise(errc::schema_mismatch,
          fmt::format("{} has schema {}, this program knows schemas up to {}; use a newer version "
                      "of the program",
                      file.string(), found, known));
}

[[noreturn]] void refuse_older(const std::filesystem::path& file, long long found,
                               std::size_t known) {
  raise(errc::schema_mismatch,
        fmt::format("{} has schema {}, this program reads schema {}; `eventcore migrate` brings it "
                    "up to date, or open it for writing with `migrate`",
                    file.string(), found, known));
}

void apply(connection& on, const migration& step, std::chrono::sys_seconds now) {
  on.check(
    api::sqlite3_exec(on.handle(), std::string{step.sql}.c_str(), nullptr, nullptr, nullptr));
  const std::string name{step.name};
  const auto time = fmt::format("{:%FT%TZ}", now);
  on.session()
    << "INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, :time)",
    soci::use(step.number), soci::use(name), soci::use(time);
}

} // namespace

void refuse_foreign(const std::filesystem::path& file) {
  raise(errc::schema_mismatch,
        fmt::format("{} is an SQLite database of another application; it is left as it is, name "
                    "another file",
                    file.string()));
}

auto look_at(connection& on) -> content {
  const auto id = on.number("PRAGMA application_id");
  const auto tables = on.number("SELECT count(*) FROM sqlite_schema");
  if (id == application_id && tables > 0)
    return content::ours;
  return id == 0 && tables == 0 ? content::nothing : content::foreign;
}

void migrate(connection& on, const std::filesystem::path& file, std::span<const migration> steps,
             std::chrono::sys_seconds now, const store_settings& settings) {
  write_transaction section{on};
  long long known = 0;
  switch (look_at(on)) {
  case content::foreign:
    refuse_foreign(file);
  case content::nothing:
    on.run(fmt::format("PRAGMA application_id = {}", application_id));
    on.run("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at "
           "TEXT NOT NULL)");
    break;
  case content::ours:
    known = applied(on, file);
    break;
  }
  refuse_newer(file, known, steps.size());
  if (known == static_cast<long long>(steps.size()))
    return;
  if (known > 0 && !settings.migrate)
    refuse_older(file, known, steps.size());
  const auto missing = steps.subspan(static_cast<std::size_t>(known));
  for (const auto& step : missing)
    apply(on, step, now);
  section.commit();
  if (settings.migrated)
    for (const auto& step : missing)
      settings.migrated(step.number, step.name);
}

void require_schema(connection& on, const std::filesystem::path& file,
                    std::span<const migration> steps) {
  switch (look_at(on)) {
  case content::foreign:
    refuse_foreign(file);
  case content::nothing:
    raise(errc::schema_mismatch,
          fmt::format("{} holds no event store yet; open it for writing once", file.string()));
  case content::ours:
    break;
  }
  const auto known = applied(on, file);
  refuse_newer(file, known, steps.size());
  if (known < static_cast<long long>(steps.size()))
    refuse_older(file, known, steps.size());
}

} // namespace eventcore::sqlite
