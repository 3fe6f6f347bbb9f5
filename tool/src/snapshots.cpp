#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pages.hpp"
#include "table.hpp"

#include <memory>

namespace tool {

namespace {

struct snapshot_arguments {
  stream_choice which;
  std::uint64_t limit = no_limit;
};

auto as_json(const ec::snapshot_entry& kept) -> std::string {
  return json_line{}
    .text("stream", kept.stream)
    .text("view", kept.view)
    .text("fold", kept.fold)
    .number("version", kept.head.version.value)
    .text("commit", kept.head.commit.text())
    .number("bytes", kept.bytes)
    .boolean("in_log", kept.in_log)
    .done();
}

auto list_snapshots(const snapshot_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  auto& out = here.out();
  table rows{out,
             {{"STREAM"},
              {"VIEW"},
              {"VERSION", table::align::right},
              {"BYTES", table::align::right},
              {"STATE"}}};
  std::uint64_t shown = 0;
  const auto listed =
    each_snapshot(**store, given.which.query(), [&](const ec::snapshot_entry& kept) {
      if (here.json())
        out.line(as_json(kept));
      else
        rows.row({kept.stream, kept.view, fmt::format("{}", kept.head.version.value),
                  fmt::format("{}", kept.bytes), kept.in_log ? "" : "not of this log: ignored"});
      return ++shown < given.limit && out.good();
    });
  if (!listed)
    return std::unexpected{listed.error()};
  return exit_code::done;
}

auto drop_snapshots(const snapshot_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::write);
  if (!store)
    return std::unexpected{store.error()};
  const auto dropped = (*store)->maintenance().drop_snapshots(given.which.query());
  if (!dropped)
    return std::unexpected{dropped.error()};
  here.out().line(here.json() ? json_line{}.number("dropped", *dropped).done()
                              : fmt::format("dropped {} snapshots", *dropped));
  return exit_code::done;
}

} // namespace

void add_snapshots(commands& to) {
  const auto listed = std::make_shared<snapshot_arguments>();
  auto& list = to.add("snapshots", "List the kept states of streams",
                      [listed](session& here) { return list_snapshots(*listed, here); });
  add_stream_choice(list, listed->which);
  add_limit(list, listed->limit, "snapshots");

  const auto dropped = std::make_shared<snapshot_arguments>();
  auto& drop = to.add(list, "drop", "Forget snapshots",
                      [dropped](session& here) { return drop_snapshots(*dropped, here); });
  drop.footer("Always safe: states are made from the events again. Without --kind, --prefix and "
              "--glob all are dropped.");
  add_stream_choice(drop, dropped->which);
}

} // namespace tool
