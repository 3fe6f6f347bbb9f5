#include "program.hpp"

#include "about.hpp"
#include "arguments.hpp"
#include "commands.hpp"

namespace tool {

namespace {

auto footer() -> std::string {
  std::string text{"Exit codes:"};
  for (const auto& [code, meaning] : exit_codes)
    text += fmt::format("\n  {}  {}", static_cast<int>(code), meaning);
  return text;
}

} // namespace

program::program() : app{about, "eventcore"} {
  app.require_subcommand(0, 1); // `chosen` tells; CLI11's words for none are those for a wrong one
  app.set_version_flag("--version", fmt::format("eventcore {}", version));
  add_text(app, "--store", given.store,
           "The store's URL: sqlite:FILE or postgresql://USER@HOST/DATABASE; else the "
           "environment variable EVENTCORE_STORE, else eventcore.store of "
           "./caf-application.conf")
    ->type_name("URL");
  add_text(app, "--schema", given.schema,
           "The schema on a PostgreSQL server, eventcore if nothing else is said")
    ->type_name("NAME");
  app.add_flag("--json", given.json, "Print one JSON object a line instead of text");
  app.add_flag("--yes", given.yes, "Do what cannot be undone");

  add_streams(all);
  add_read(all);
  add_log(all);
  add_stats(all);
  add_verify(all);
  add_projections(all);
  add_snapshots(all);
  add_requests(all);
  add_backup(all);
  add_migrate(all);
  add_export(all);
  add_import(all);
  add_archive(all);
  add_archives(all);
  add_restore(all);
  add_man(all);
  add_completion(all);

  // Commands would inherit these.
  app.footer(footer());
  app.set_help_all_flag("--help-all", "Print the help of all commands and exit");
}

} // namespace tool
