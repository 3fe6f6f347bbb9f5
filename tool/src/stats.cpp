#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "table.hpp"

#include <eventcore/detail/printable.hpp>

#include <utility>

namespace tool {

namespace {

/// What the store holds, and what it is being restored from; empty when it is not.
struct store_facts {
  ec::store_statistics all;
  std::string restoring;
};

auto as_json(const store_facts& found) -> std::string {
  const auto& all = found.all;
  std::string kinds;
  for (const auto& kind : all.kinds)
    kinds += fmt::format("{}{}", kinds.empty() ? "" : ",",
                         json_line{}
                           .text("kind", kind.name)
                           .number("streams", kind.streams)
                           .number("events", kind.events)
                           .done());
  json_line line;
  line.number("position", all.head.position.value);
  if (all.head.position.value > 0)
    line.text("commit", all.head.commit.text()).time("recorded_at", all.head.recorded_at);
  if (!found.restoring.empty())
    line.text("restoring", found.restoring);
  return line.number("requests", all.requests)
    .number("snapshots", all.snapshots)
    .number("snapshot_bytes", all.snapshot_bytes)
    .number("archives", all.archives)
    .number("bytes", all.bytes)
    .number("schema", all.schema)
    .raw("kinds", fmt::format("[{}]", kinds))
    .done();
}

void print_text(const store_facts& found, output& out) {
  const auto& all = found.all;
  const auto fact = [&out](std::string_view name, const auto& value) {
    out.line(fmt::format("{:<15}{}", name, value));
  };
  std::uint64_t streams = 0;
  for (const auto& kind : all.kinds)
    streams += kind.streams;
  fact("events", all.head.position.value);
  if (all.head.position.value > 0)
    fact("last recorded", time_text(all.head.recorded_at));
  if (!found.restoring.empty())
    fact("not whole",
         fmt::format("being restored from {}", ec::detail::printable(found.restoring, 255)));
  fact("streams", streams);
  fact("requests", all.requests);
  fact("snapshots", fmt::format("{} ({} bytes)", all.snapshots, all.snapshot_bytes));
  fact("archives", all.archives);
  fact("database", fmt::format("{} bytes", all.bytes));
  fact("schema", all.schema);
  if (all.kinds.empty())
    return;
  out.line("");
  table rows{out, {{"KIND"}, {"STREAMS", table::align::right}, {"EVENTS", table::align::right}}};
  for (const auto& kind : all.kinds)
    rows.row({kind.name.empty() ? "(none)" : kind.name, fmt::format("{}", kind.streams),
              fmt::format("{}", kind.events)});
}

auto print_statistics(session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  auto all = (*store)->maintenance().statistics();
  if (!all)
    return std::unexpected{std::move(all.error())};
  auto restoring = (*store)->maintenance().restoring();
  if (!restoring)
    return std::unexpected{std::move(restoring.error())};
  const store_facts found{.all = std::move(*all), .restoring = std::move(*restoring)};
  if (here.json())
    here.out().line(as_json(found));
  else
    print_text(found, here.out());
  return exit_code::done;
}

} // namespace

void add_stats(commands& to) { to.add("stats", "Say how much the store holds", print_statistics); }

} // namespace tool
