#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"

#include <eventcore/detail/printable.hpp>
#include <eventcore/lease.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace tool {

namespace {

using namespace std::chrono_literals;

struct reset_arguments {
  std::string projection;
  std::uint64_t to = 0;
};

auto checkpoint_at(ec::event_store& store, std::uint64_t position) -> ec::result<ec::checkpoint> {
  if (position == 0)
    return ec::checkpoint{};
  const auto page = store.read(ec::read_log{.after = {position - 1}, .before = {position + 1}});
  if (!page)
    return std::unexpected{page.error()};
  if (page->events.empty())
    return ec::fail(ec::errc::invalid_argument,
                    fmt::format("there is no position {}: the log ends at {}", position,
                                page->head.position.value));
  return ec::checkpoint{.position = {position}, .commit = page->events.front().commit};
}

/// Whether `checkpoint` is that of one of several workers of the projection: `balances/2of4`.
auto is_workers(std::string_view checkpoint, std::string_view projection) -> bool {
  if (!checkpoint.starts_with(projection))
    return false;
  checkpoint.remove_prefix(projection.size());
  const auto of = checkpoint.find("of");
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return checkpoint.starts_with('/') && of != std::string_view::npos
         && is_number(checkpoint.substr(1, of - 1)) && is_number(checkpoint.substr(of + 2));
}

/// The projection that a reader is a part of, `balances` for its worker `balances/2of4` and for
/// `balances/rebuild`; empty when it is none.
auto whole_of(std::string_view reader) -> std::string_view {
  auto whole = reader;
  const auto above = [&] { return whole.substr(0, std::min(whole.rfind('/'), whole.size())); };
  if (is_workers(whole, above()))
    whole = above();
  if (whole.ends_with("/rebuild"))
    whole = above();
  return whole.size() < reader.size() ? whole : std::string_view{};
}

/// What moves, given the lease: the projection's checkpoint, and with it those of its workers,
/// which would pass over what is to come again.
auto moves_of(const std::vector<ec::named_checkpoint>& kept, const reset_arguments& given,
              const ec::checkpoint& to, const ec::lease_claim& under)
  -> std::vector<ec::checkpoint_move> {
  std::vector<ec::checkpoint_move> moves;
  for (const auto& [name, at] : kept)
    if (name == given.projection)
      moves.push_back({.name = name, .from = at, .to = to, .under = under});
    else if (is_workers(name, given.projection) && at.position > to.position)
      moves.push_back({.name = name, .from = at, .under = under});
  return moves;
}

auto move_checkpoint(const std::shared_ptr<ec::event_store>& store, const reset_arguments& given)
  -> ec::result<ec::checkpoint> {
  const auto name = fmt::format("projection/{}", given.projection);
  const auto held = ec::lease::acquire(store, name, 30s);
  if (!held)
    return std::unexpected{held.error()};
  if (!*held)
    return ec::fail(ec::errc::lease_lost,
                    fmt::format("a running program leads projection '{}'; stop it first, or reset "
                                "the projection in it. The program leads on until its lease ends, "
                                "a few seconds after it was killed",
                                ec::detail::printable(given.projection)));
  const auto kept = store->list_checkpoints();
  if (!kept)
    return std::unexpected{kept.error()};
  const auto found = std::ranges::find(*kept, given.projection, &ec::named_checkpoint::name);
  if (found == kept->end())
    return ec::fail(ec::errc::not_found,
                    fmt::format("no checkpoint is kept for '{}'; eventcore projections lists those "
                                "that are",
                                ec::detail::printable(given.projection)));
  const auto to = checkpoint_at(*store, given.to);
  if (!to)
    return std::unexpected{to.error()};
  const ec::lease_claim under{.name = name, .token = (*held)->token()};
  if (auto moved = store->transact(moves_of(*kept, given, *to, under), {}); !moved)
    return std::unexpected{std::move(moved.error())};
  return found->at;
}

auto reset(const reset_arguments& given, session& here) -> ec::result<exit_code> {
  if (const auto whole = whole_of(given.projection); !whole.empty())
    return ec::fail(ec::errc::invalid_argument,
                    fmt::format("'{}' is a part of projection '{}' and goes on where that one "
                                "leads it; reset '{}'",
                                ec::detail::printable(given.projection),
                                ec::detail::printable(whole), ec::detail::printable(whole)));
  if (!here.yes())
    return here.refuse(fmt::format(
      "projection '{}' would go on after position {}, and what follows would be applied "
      "again",
      ec::detail::printable(given.projection), given.to));
  const auto store = here.open(access::write);
  if (!store)
    return std::unexpected{store.error()};
  const auto from = move_checkpoint(*store, given);
  if (!from)
    return std::unexpected{from.error()};
  if (here.json())
    here.out().line(json_line{}
                      .text("projection", given.projection)
                      .number("from", from->position.value)
                      .number("to", given.to)
                      .done());
  else
    here.out().line(fmt::format("{}: {} -> {}", given.projection, from->position.value, given.to));
  return exit_code::done;
}

} // namespace

void add_reset(commands& to, CLI::App& projections) {
  const auto given = std::make_shared<reset_arguments>();
  auto& app =
    to.add(projections, "reset", "Have a projection go on after another position; needs --yes",
           [given](session& here) { return reset(*given, here); });
  add_text(app, "NAME", given->projection, "The projection")->required();
  add_number(app, "--to", given->to, "The position; 0 begins anew", 0)->required();
  app.footer(
    "What follows the position is applied again. A projection that cannot take an event "
    "twice must begin anew: with --to 0 it is emptied first, if it knows how. Refused while "
    "a program leads the projection.");
}

} // namespace tool
