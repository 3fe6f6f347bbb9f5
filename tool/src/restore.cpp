#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "transferring.hpp"

#include <eventcore/transfer/archive_file.hpp>

namespace tool {

namespace {

auto restore(const std::string& file, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::write);
  if (!store)
    return std::unexpected{store.error()};
  const auto done = [&] {
    transferring work{here, "restoring", "payloads"};
    return ec::restore_archive(**store, file, work.options());
  }();
  if (!done)
    return std::unexpected{done.error()};
  here.out().line(here.json()
                    ? json_line{}
                        .text("file", file)
                        .text("archive", done->name)
                        .number("events", done->events)
                        .done()
                    : fmt::format("{}: the payloads of {} events are back", file, done->events));
  return exit_code::done;
}

} // namespace

void add_restore(commands& to) {
  const auto file = std::make_shared<std::string>();
  auto& app = to.add("restore", "Put the payloads of an archive back",
                     [file](session& here) { return restore(*file, here); });
  add_text(app, "FILE", *file, "A file that eventcore archive wrote, wherever it is now")
    ->required();
  app.footer(
    "The file must be the very one that was made, by its checksum. A command that was "
    "stopped or killed is repeated. The file stays; backups and exports from before need it.");
}

} // namespace tool
