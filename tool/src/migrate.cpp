#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"

namespace tool {

namespace {

auto migrate(session& here) -> ec::result<exit_code> {
  int steps = 0;
  const auto store = here.open([&](ec::store_settings& settings) {
    settings.create = false;
    settings.migrate = true;
    settings.migrated = [&](int number, std::string_view name) {
      ++steps;
      here.out().line(here.json() ? json_line{}.number("number", number).text("name", name).done()
                                  : fmt::format("applied step {}: {}", number, name));
    };
  });
  if (!store)
    return std::unexpected{store.error()};
  const auto now = (*store)->maintenance().statistics();
  if (!now)
    return std::unexpected{now.error()};
  if (here.json())
    here.out().line(json_line{}.number("schema", now->schema).number("applied", steps).done());
  else
    here.out().line(steps == 0
                      ? fmt::format("the schema is up to date: {}; nothing was done", now->schema)
                      : fmt::format("the schema is up to date: {}", now->schema));
  return exit_code::done;
}

} // namespace

void add_migrate(commands& to) {
  to.add("migrate", "Bring the store's schema up to date", migrate)
    .footer(
      "Programs bring the schema up to date when they open the store, unless they are told "
      "not to; all other commands here refuse an older one. Programs that know only the older "
      "schema cannot open the store any more. Make a backup before.");
}

} // namespace tool
