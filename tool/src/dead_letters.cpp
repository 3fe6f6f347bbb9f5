#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pages.hpp"
#include "table.hpp"

#include <eventcore/detail/printable.hpp>

#include <memory>
#include <utility>

namespace tool {

namespace {

struct list_arguments {
  std::string projection;
  std::uint64_t limit = no_limit;
};

auto as_json(const ec::parked_event& letter) -> std::string {
  return json_line{}
    .text("projection", letter.projection)
    .number("position", letter.position.value)
    .text("stream", letter.stream)
    .text("type", letter.type)
    .text("code", to_string(letter.code))
    .text("detail", letter.detail)
    .number("attempts", letter.attempts)
    .time("parked_at", letter.parked_at)
    .boolean("retry", letter.retry)
    .done();
}

auto list_letters(const list_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  auto& out = here.out();
  using enum table::align;
  table rows{out,
             {{"PROJECTION"},
              {"POSITION", right},
              {"STREAM"},
              {"TYPE"},
              {"ATTEMPTS", right},
              {"PARKED AT"},
              {"RETRY"},
              {"FAILURE"}}};
  std::uint64_t shown = 0;
  const auto listed =
    each_dead_letter(**store, given.projection, [&](const ec::parked_event& letter) {
      if (here.json())
        out.line(as_json(letter));
      else
        rows.row({letter.projection, fmt::format("{}", letter.position.value), letter.stream,
                  letter.type, fmt::format("{}", letter.attempts), time_text(letter.parked_at),
                  letter.retry ? "yes" : "no",
                  fmt::format("{}: {}", to_string(letter.code), letter.detail)});
      return ++shown < given.limit && out.good();
    });
  if (!listed)
    return std::unexpected{listed.error()};
  return exit_code::done;
}

/// Which dead letters of a projection are meant.
struct letter_choice {
  std::string projection;
  std::vector<std::uint64_t> positions;
  bool all = false;
};

auto find_positions(ec::event_store& store, const letter_choice& given)
  -> ec::result<std::vector<std::uint64_t>> {
  if (!given.all)
    return given.positions;
  std::vector<std::uint64_t> found;
  auto listed = each_dead_letter(store, given.projection, [&](const ec::parked_event& letter) {
    found.push_back(letter.position.value);
    return true;
  });
  if (!listed)
    return std::unexpected{std::move(listed.error())};
  return found;
}

using letter_change = ec::result<bool> (ec::event_store::*)(std::string_view, ec::log_position);

/// Does it to each, and says to how many; fails at the first that is not there.
auto change_letters(const letter_choice& given, letter_change change, std::string_view done,
                    session& here) -> ec::result<exit_code> {
  if (given.all == !given.positions.empty())
    return ec::fail(ec::errc::invalid_argument,
                    "say which dead letters: their positions, or --all");
  const auto store = here.open(access::write);
  if (!store)
    return std::unexpected{store.error()};
  const auto positions = find_positions(**store, given);
  if (!positions)
    return std::unexpected{positions.error()};
  std::uint64_t count = 0;
  for (const auto position : *positions) {
    const auto changed = ((**store).*change)(given.projection, ec::log_position{position});
    if (!changed)
      return std::unexpected{changed.error()};
    if (!*changed && !given.all)
      return ec::fail(ec::errc::not_found,
                      fmt::format("projection '{}' has no dead letter at position {}; {} {}",
                                  ec::detail::printable(given.projection), position, count, done));
    count += *changed ? 1 : 0;
  }
  here.out().line(here.json() ? json_line{}.number("changed", count).done()
                              : fmt::format("{} {}", count, done));
  return exit_code::done;
}

auto drop_letters(const letter_choice& given, session& here) -> ec::result<exit_code> {
  if (given.all && !here.yes())
    return here.refuse("dead letters that are dropped cannot be tried again");
  return change_letters(given, &ec::event_store::drop_dead_letter, "dropped", here);
}

auto retry_letters(const letter_choice& given, session& here) -> ec::result<exit_code> {
  return change_letters(given, &ec::event_store::retry_dead_letter, "marked to be tried again",
                        here);
}

void add_choice(CLI::App& app, letter_choice& into) {
  add_text(app, "NAME", into.projection, "The projection")->required();
  add_number(app, "POSITION", into.positions, "Positions of the dead letters");
  app.add_flag("--all", into.all, "All dead letters of the projection");
}

} // namespace

void add_dead_letters(commands& to, CLI::App& projections) {
  const auto listed = std::make_shared<list_arguments>();
  auto& list = to.add(projections, "dead-letters", "List events that projections could not take",
                      [listed](session& here) { return list_letters(*listed, here); });
  add_text(list, "NAME", listed->projection, "Only those of this projection");
  add_limit(list, listed->limit, "dead letters");

  const auto retried = std::make_shared<letter_choice>();
  auto& retry = to.add(projections, "retry", "Have dead letters tried again",
                       [retried](session& here) { return retry_letters(*retried, here); });
  add_choice(retry, *retried);
  retry.footer("The program that runs the projection tries them within two seconds, once it runs, "
               "and forgets those that succeed.");

  const auto dropped = std::make_shared<letter_choice>();
  auto& drop = to.add(projections, "drop", "Forget dead letters; --all needs --yes",
                      [dropped](session& here) { return drop_letters(*dropped, here); });
  add_choice(drop, *dropped);
  drop.footer("The events themselves stay in the log; the projection goes without them.");
}

} // namespace tool
