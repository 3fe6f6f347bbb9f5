#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pages.hpp"
#include "progress.hpp"
#include "verify_log.hpp"

#include <eventcore/detail/printable.hpp>
#include <eventcore/snapshot_state.hpp>

#include <future>
#include <utility>
#include <vector>

namespace tool {

namespace {

/// What was looked at, and what is wrong with it.
struct findings {
  std::uint64_t events = 0;
  std::uint64_t archived = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t checkpoints = 0;
  problem_list in_log{};
  problem_list beside{}; // of its own, so that many in the log do not hide it

  auto count() const -> std::uint64_t { return in_log.count() + beside.count(); }
};

auto printable(std::string_view text) -> std::string { return ec::detail::printable(text, 255); }

auto problem_of(ec::event_store& store, const ec::snapshot_entry& kept) -> ec::result<std::string> {
  if (!kept.in_log)
    return "the log does not hold its commit at its version";
  const auto loaded = store.load_snapshot(ec::stream_id::trusted(kept.stream), kept.view);
  if (!loaded)
    return std::unexpected{loaded.error()};
  if (!*loaded) // replaced or dropped since
    return std::string{};
  const auto state = ec::encoded_state((*loaded)->payload);
  return state ? std::string{} : state.error().detail;
}

auto check_snapshots(ec::event_store& store, const std::stop_token& stop, findings& found)
  -> ec::result<> {
  ec::result<> outcome;
  auto listed = each_snapshot(store, {}, [&](const ec::snapshot_entry& kept) {
    ++found.snapshots;
    auto problem = problem_of(store, kept);
    if (!problem)
      outcome = std::unexpected{std::move(problem.error())};
    else if (!problem->empty())
      found.beside.add(fmt::format("the snapshot of stream '{}', view '{}', at version {}: {}; "
                                   "it is not used, eventcore snapshots drop removes it",
                                   printable(kept.stream), printable(kept.view),
                                   kept.head.version.value, *problem));
    return outcome.has_value() && !stop.stop_requested();
  });
  return listed ? outcome : listed;
}

auto check_checkpoints(ec::event_store& store, findings& found) -> ec::result<> {
  const auto all = store.list_checkpoints();
  if (!all)
    return std::unexpected{all.error()};
  for (const auto& one : *all) {
    ++found.checkpoints;
    const auto loaded = store.load_checkpoint(one.name);
    if (!loaded && loaded.error().code != ec::errc::log_rewound)
      return std::unexpected{loaded.error()};
    if (!loaded)
      found.beside.add(fmt::format(
        "the checkpoint '{}' at position {}: the log does not hold its commit there; rebuild its "
        "read model, or set it back: eventcore projections reset",
        printable(one.name), one.at.position.value));
  }
  return {};
}

auto check_whole(ec::event_store& store, findings& found) -> ec::result<> {
  const auto source = store.maintenance().restoring();
  if (!source)
    return std::unexpected{source.error()};
  if (!source->empty())
    found.beside.add(fmt::format("the log is not whole: the store is being restored from {}; "
                                 "eventcore import goes on where it ended",
                                 printable(*source)));
  return {};
}

/// What is too damaged to be read is found, too. Any other failure stays one.
auto noted(ec::result<> done, findings& found) -> ec::result<> {
  if (done || done.error().code != ec::errc::store_corrupt)
    return done;
  found.beside.add(done.error().detail);
  return {};
}

auto check_structure(std::future<ec::result<std::vector<std::string>>> structure, findings& found)
  -> ec::result<> {
  const auto damage = structure.get();
  if (!damage)
    return std::unexpected{damage.error()};
  for (const auto& text : *damage)
    found.beside.add(text);
  return {};
}

auto check(ec::event_store& store, session& here) -> ec::result<findings> {
  const auto stop = here.stop_token();
  const auto head = store.head();
  if (!head)
    return std::unexpected{head.error()};
  auto structure = std::async(std::launch::async, [&store] { return store.find_damage(); });
  progress shown{"verify", "events", head->position.value};
  auto log = verify_log(store, stop, [&](std::uint64_t done) { shown.show(done); });
  if (!log) // it would be waited for
    return std::unexpected{std::move(log.error())};
  findings found{
    .events = log->events, .archived = log->archived, .in_log = std::move(log->problems)};
  if (auto done = noted(check_whole(store, found), found); !done)
    return std::unexpected{std::move(done.error())};
  if (auto done = noted(check_snapshots(store, stop, found), found); !done)
    return std::unexpected{std::move(done.error())};
  if (auto done = noted(check_checkpoints(store, found), found); !done)
    return std::unexpected{std::move(done.error())};
  if (auto done = noted(check_structure(std::move(structure), found), found); !done)
    return std::unexpected{std::move(done.error())};
  if (stop.stop_requested())
    return ec::fail(
      ec::errc::shutting_down,
      fmt::format("interrupted: {} of {} events were checked", found.events, head->position.value));
  return found;
}

void print_text(const findings& found, output& out) {
  for (const auto* list : {&found.in_log, &found.beside}) {
    for (const auto& text : list->texts())
      out.line(fmt::format("{} {}", out.red("damage:"),
                           ec::detail::printable(text, std::string_view::npos)));
    if (const auto more = list->count() - list->texts().size(); more > 0)
      out.line(fmt::format("... and {} more", more));
  }
  out.line(fmt::format("checked {} events ({} of them archived), {} snapshots, {} checkpoints",
                       found.events, found.archived, found.snapshots, found.checkpoints));
  out.line(found.count() == 0 ? "no damage" : fmt::format("{} problems", found.count()));
}

void print_json(const findings& found, output& out) {
  for (const auto* list : {&found.in_log, &found.beside})
    for (const auto& text : list->texts())
      out.line(json_line{}.text("problem", text).done());
  out.line(json_line{}
             .number("events", found.events)
             .number("archived", found.archived)
             .number("snapshots", found.snapshots)
             .number("checkpoints", found.checkpoints)
             .number("problems", found.count())
             .done());
}

auto verify(session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  const auto found = check(**store, here);
  if (!found)
    return std::unexpected{found.error()};
  if (here.json())
    print_json(*found, here.out());
  else
    print_text(*found, here.out());
  return found->count() == 0 ? exit_code::done : exit_code::damaged;
}

} // namespace

void add_verify(commands& to) {
  to.add("verify", "Check all that the store holds", verify)
    .footer(
      "Reads everything: the database's own check, versions and positions without gaps, heads, "
      "payloads and metadata that can be read, archives that are known, snapshots and "
      "checkpoints that belong to the log. Changes nothing, and may run while programs use "
      "the store. Ends with 3 when something is wrong.");
}

} // namespace tool
