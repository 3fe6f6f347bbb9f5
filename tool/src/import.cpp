#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "transferring.hpp"

#include <eventcore/transfer/log_file.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace tool {

namespace {

struct import_arguments {
  std::string file;
  bool no_check = false;
  bool check_only = false;
};

auto check_only(const import_arguments& given, session& here) -> ec::result<ec::log_file> {
  transferring work{here, "checking", "events"};
  return ec::verify_export(given.file, work.options());
}

/// Looked at before a store is made for it.
auto check_readable(const std::string& file) -> ec::result<> {
  if (file == "-")
    return {};
  if (std::error_code unknown; std::filesystem::is_directory(file, unknown))
    errno = EISDIR;
  else if (::access(file.c_str(), R_OK) == 0)
    return {};
  return ec::fail(ec::errc::not_found,
                  fmt::format("{} cannot be opened: {}", file, std::strerror(errno)));
}

auto import(const import_arguments& given, session& here) -> ec::result<ec::log_file> {
  if (auto readable = check_readable(given.file); !readable)
    return std::unexpected{std::move(readable.error())};
  transferring work{here, "importing", "events"};
  auto options = work.options<ec::import_options>();
  options.check = false; // it was
  if (!given.no_check)
    if (auto whole = ec::check_export(given.file, options); !whole)
      return std::unexpected{std::move(whole.error())};
  const auto store = here.open(access::create);
  if (!store)
    return std::unexpected{store.error()};
  return ec::import_log(given.file, **store, options);
}

auto import_from(const import_arguments& given, session& here) -> ec::result<exit_code> {
  const auto read = given.check_only ? check_only(given, here) : import(given, here);
  if (!read)
    return std::unexpected{read.error()};
  here.out().line(here.json() ? json_line{}
                                  .text("file", given.file)
                                  .number("events", read->events)
                                  .number("requests", read->requests)
                                  .text("checksum", read->checksum)
                                  .done()
                              : fmt::format("{}: {} events, {} requests, checksum {}", given.file,
                                            read->events, read->requests, read->checksum));
  return exit_code::done;
}

} // namespace

void add_import(commands& to) {
  const auto given = std::make_shared<import_arguments>();
  auto& app = to.add("import", "Put an exported log into an empty store",
                     [given](session& here) { return import_from(*given, here); });
  add_text(app, "FILE", given->file, "A file that eventcore export wrote; - is the standard input")
    ->required();
  auto* no_check =
    app.add_flag("--no-check", given->no_check,
                 "Compare the checksum only while reading; a damaged file then leaves a store that "
                 "cannot be used");
  app.add_flag("--check-only", given->check_only, "Read and check the whole file, import nothing")
    ->excludes(no_check);
  app.footer(
    "Positions, versions, ids, times and requests stay as they were. The store is made when it is "
    "not there. It takes no other events before all is in; a command that was stopped or killed "
    "is repeated and goes on.");
}

} // namespace tool
