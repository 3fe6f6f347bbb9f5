#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "transferring.hpp"

#include <eventcore/json.hpp>
#include <eventcore/json/times.hpp>
#include <eventcore/transfer/archive_file.hpp>

namespace tool {

namespace {

struct archive_arguments {
  std::string before;
  std::string file;
  stream_choice which;
};

/// A day, or a moment in UTC.
auto read_time(const std::string& text) -> ec::result<ec::timestamp> {
  const auto whole = text.contains('T') ? text : text + "T00:00:00Z";
  std::string json;
  if (ec::append_json_string(whole, json))
    if (const auto time = ec::from_json<ec::timestamp>(json))
      return *time;
  return ec::fail(ec::errc::invalid_argument,
                  fmt::format("--before {}: write a day in UTC as 2024-01-31, or a moment as "
                              "2024-01-31T12:00:00Z",
                              text));
}

void print(const ec::archived_payloads& done, const std::string& file, session& here) {
  auto& out = here.out();
  if (here.json())
    out.line(json_line{}
               .text("file", done.file.name)
               .number("payloads", done.payloads)
               .number("streams", done.file.streams - done.left)
               .number("left", done.left)
               .text("checksum", done.file.checksum)
               .done());
  else if (done.file.streams == 0)
    out.line("there is nothing to archive");
  else
    out.line(fmt::format("{}: took the payloads of {} events in {} streams", file, done.payloads,
                         done.file.streams - done.left));
  if (done.left > 0 && !here.json())
    out.line(fmt::format("{} streams changed meanwhile, or were not asked for, and stay whole",
                         done.left));
}

auto say_plan(ec::event_store& store, const ec::archive_selection& selection,
              const archive_arguments& given, session& here) -> ec::result<exit_code> {
  const auto plan = ec::plan_archive(store, selection);
  if (!plan)
    return std::unexpected{plan.error()};
  if (plan->streams == 0) {
    print({}, given.file, here);
    return exit_code::done;
  }
  return here.refuse(
    fmt::format("the payloads of {} events in {} closed streams would leave the store for {}",
                plan->events, plan->streams, given.file));
}

auto archive(const archive_arguments& given, session& here) -> ec::result<exit_code> {
  const auto before = read_time(given.before);
  if (!before)
    return std::unexpected{before.error()};
  const ec::archive_selection selection{.which = given.which.query(), .before = *before};
  const auto store = here.open(here.yes() ? access::write : access::read);
  if (!store)
    return std::unexpected{store.error()};
  if (!here.yes())
    return say_plan(**store, selection, given, here);
  const auto done = [&] {
    transferring work{here, "archiving", "payloads"};
    return ec::archive_streams(**store, given.file, selection, work.options());
  }();
  if (!done)
    return std::unexpected{done.error()};
  print(*done, given.file, here);
  return exit_code::done;
}

} // namespace

void add_archive(commands& to) {
  const auto given = std::make_shared<archive_arguments>();
  auto& app = to.add("archive", "Move the payloads of closed streams to a file; needs --yes",
                     [given](session& here) { return archive(*given, here); });
  app
    .add_option("--before", given->before,
                "Streams whose last event was recorded before this day or moment in UTC")
    ->type_name("TIME")
    ->required();
  add_text(app, "--to", given->file,
           "The new file, packed when its name ends in .gz or .zst; keep it")
    ->type_name("FILE")
    ->required();
  add_stream_choice(app, given->which);
  app.footer(
    "Events keep their positions, versions, ids and times; whoever needs an archived payload is "
    "told the file. Nothing leaves the store before the file is written, durable and read again. "
    "A command that was stopped or killed is repeated with the same file and goes on. Without "
    "--yes it says what it would do.");
}

} // namespace tool
