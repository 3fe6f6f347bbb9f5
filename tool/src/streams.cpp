#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pages.hpp"
#include "table.hpp"

namespace tool {

namespace {

struct stream_arguments {
  stream_choice which;
  std::string after;
  std::uint64_t limit = no_limit;
  bool closed = false;
};

auto as_json(const ec::stream_entry& stream) -> std::string {
  return json_line{}
    .text("stream", stream.id)
    .number("version", stream.head.version.value)
    .text("commit", stream.head.commit.text())
    .number("position", stream.last.value)
    .time("changed_at", stream.changed_at)
    .boolean("closed", stream.closed)
    .boolean("archived", stream.archived)
    .done();
}

auto as_row(const ec::stream_entry& stream) -> std::vector<std::string> {
  return {stream.id, fmt::format("{}", stream.head.version.value),
          fmt::format("{}", stream.last.value), time_text(stream.changed_at),
          stream.archived ? "archived"
          : stream.closed ? "closed"
                          : ""};
}

auto list_streams(const stream_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  auto& out = here.out();
  table rows{out,
             {{"STREAM"},
              {"VERSION", table::align::right},
              {"POSITION", table::align::right},
              {"CHANGED AT"},
              {"STATE"}}};
  auto query = given.which.query();
  query.after = given.after;
  if (!given.closed)
    query.limit = static_cast<std::size_t>(std::min<std::uint64_t>(query.limit, given.limit));
  std::uint64_t shown = 0;
  const auto listed = each_stream(**store, std::move(query), [&](const ec::stream_entry& stream) {
    if (given.closed && !stream.closed)
      return true;
    if (here.json())
      out.line(as_json(stream));
    else
      rows.row(as_row(stream));
    return ++shown < given.limit && out.good();
  });
  if (!listed)
    return std::unexpected{listed.error()};
  return exit_code::done;
}

} // namespace

void add_streams(commands& to) {
  const auto given = std::make_shared<stream_arguments>();
  auto& app = to.add("streams", "List the streams in the order of their ids",
                     [given](session& here) { return list_streams(*given, here); });
  add_stream_choice(app, given->which);
  app.add_option("--after", given->after, "Only streams whose id is greater: where to go on")
    ->type_name("STREAM");
  add_limit(app, given->limit, "streams");
  app.add_flag("--closed", given->closed, "Only streams that are closed");
}

} // namespace tool
