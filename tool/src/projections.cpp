#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pages.hpp"
#include "table.hpp"

#include <map>

namespace tool {

namespace {

/// A projection, or another reader of the log, as the store knows it.
struct reader {
  ec::log_position position{};
  bool rewound = false; ///< the log does not hold what it had read
  std::uint64_t dead_letters = 0;
};

using readers = std::map<std::string, reader>;

auto find_readers(ec::event_store& store) -> ec::result<readers> {
  readers found;
  const auto all = store.list_checkpoints();
  if (!all)
    return std::unexpected{all.error()};
  for (const auto& one : *all) {
    const auto loaded = store.load_checkpoint(one.name);
    if (!loaded && loaded.error().code != ec::errc::log_rewound)
      return std::unexpected{loaded.error()};
    found[one.name] = {.position = one.at.position, .rewound = !loaded};
  }
  auto counted = each_dead_letter(store, {}, [&](const ec::parked_event& letter) {
    ++found[letter.projection].dead_letters;
    return true;
  });
  if (!counted)
    return std::unexpected{std::move(counted.error())};
  return found;
}

auto state_of(const reader& one, std::uint64_t lag) -> std::string_view {
  if (one.rewound)
    return "rewound"; // an older backup of the log was restored
  return lag == 0 ? "up to date" : "behind";
}

auto list_projections(session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  const auto found = find_readers(**store);
  if (!found)
    return std::unexpected{found.error()};
  const auto head = (*store)->head();
  if (!head)
    return std::unexpected{head.error()};
  auto& out = here.out();
  using enum table::align;
  table rows{
    out, {{"PROJECTION"}, {"POSITION", right}, {"LAG", right}, {"DEAD LETTERS", right}, {"STATE"}}};
  for (const auto& [name, one] : *found) {
    const auto reached = std::min(one.position.value, head->position.value);
    const auto lag = head->position.value - reached;
    if (here.json())
      out.line(json_line{}
                 .text("projection", name)
                 .number("position", one.position.value)
                 .number("lag", lag)
                 .number("dead_letters", one.dead_letters)
                 .text("state", state_of(one, lag))
                 .done());
    else
      rows.row({name, fmt::format("{}", one.position.value), fmt::format("{}", lag),
                fmt::format("{}", one.dead_letters), std::string{state_of(one, lag)}});
  }
  return exit_code::done;
}

} // namespace

void add_projections(commands& to) {
  auto& app = to.add("projections", "List how far projections and other readers of the log came",
                     list_projections);
  app.footer(
    "LAG is by how many positions a reader is behind the log's head. STATE is rewound when "
    "the log does not hold what the reader had read, as after an older backup was "
    "restored.");
  add_dead_letters(to, app);
  add_reset(to, app);
}

} // namespace tool
