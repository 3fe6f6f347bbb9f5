#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "transferring.hpp"

#include <eventcore/transfer/log_file.hpp>

namespace tool {

namespace {

auto export_to(const std::string& file, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  const auto made = [&] {
    transferring work{here, "exporting", "events"};
    return ec::export_log(**store, file, work.options());
  }();
  if (!made && file == "-" && here.out().reader_left())
    return exit_code::refused;
  if (!made)
    return std::unexpected{made.error()};
  if (file == "-")
    return exit_code::done;
  here.out().line(here.json() ? json_line{}
                                  .text("file", file)
                                  .number("events", made->events)
                                  .number("requests", made->requests)
                                  .text("checksum", made->checksum)
                                  .done()
                              : fmt::format("{}: {} events, {} requests, checksum {}", file,
                                            made->events, made->requests, made->checksum));
  return exit_code::done;
}

} // namespace

void add_export(commands& to) {
  const auto file = std::make_shared<std::string>();
  auto& app = to.add("export", "Write the whole log to a file, from any store into any other",
                     [file](session& here) { return export_to(*file, here); });
  add_text(app, "FILE", *file,
           "The new file, packed when its name ends in .gz or .zst; - is the standard output")
    ->required();
  app.footer(
    "One JSON object a line: events, requests, and at the end a checksum. Exports of equal logs "
    "are equal. Programs may use the store at the same time; what they add is not in it. Until the "
    "file is whole its name ends in .partial, and the same command goes on with it.");
}

} // namespace tool
