#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "table.hpp"

#include <eventcore/transfer/archive_file.hpp>

namespace tool {

namespace {

/// What is found where an archive was written; "whole", or what is wrong.
auto state_of(const ec::archive_entry& archive, const std::stop_token& stop) -> std::string {
  const auto found = ec::verify_archive(archive.file, {.stop = stop});
  if (!found)
    return found.error().detail;
  return found->checksum == archive.checksum ? "whole" : "another file, by its checksum";
}

auto list_archives(bool check, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  const auto archives = (*store)->maintenance().list_archives();
  if (!archives)
    return std::unexpected{archives.error()};
  auto& out = here.out();
  std::vector<table::column> columns{{"ARCHIVE"}, {"MADE AT"}, {"CHECKSUM"}};
  if (check)
    columns.push_back({"STATE"});
  table rows{out, columns};
  auto code = exit_code::done;
  const auto stop = check ? here.stop_token() : std::stop_token{};
  for (const auto& archive : *archives) {
    const auto state = check ? state_of(archive, stop) : std::string{};
    if (stop.stop_requested())
      return ec::fail(ec::errc::shutting_down, "interrupted");
    if (check && state != "whole")
      code = exit_code::damaged;
    if (here.json()) {
      json_line line;
      line.text("archive", archive.file)
        .time("made_at", archive.made_at)
        .text("checksum", archive.checksum);
      out.line((check ? line.text("state", state) : line).done());
      continue;
    }
    std::vector<std::string> cells{archive.file, time_text(archive.made_at), archive.checksum};
    if (check)
      cells.push_back(state);
    rows.row(std::move(cells));
  }
  return code;
}

} // namespace

void add_archives(commands& to) {
  const auto check = std::make_shared<bool>(false);
  auto& app = to.add("archives", "List the files that hold payloads of archived events",
                     [check](session& here) { return list_archives(*check, here); });
  app.add_flag("--check", *check,
               "Read each file where it was written; exit code 3 when one is missing or damaged");
}

} // namespace tool
