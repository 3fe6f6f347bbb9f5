#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "event_text.hpp"

#include <eventcore/subscription.hpp>

#include <memory>
#include <span>
#include <utility>

namespace tool {

namespace {

struct log_arguments {
  stream_choice which;
  std::vector<std::string> types;
  std::uint64_t from = 1;
  std::uint64_t to = 0; // 0: to the end
  std::uint64_t limit = no_limit;
  bool backwards = false;
  bool follow = false;
};

auto filter_of(const log_arguments& given) -> ec::event_filter {
  auto filter = given.which.filter();
  filter.types = given.types;
  return filter;
}

auto first_query(const log_arguments& given) -> ec::read_log {
  ec::read_log query{.after = {given.from - 1}, .filter = filter_of(given)};
  if (given.to > 0)
    query.before = {given.to + 1};
  if (given.backwards)
    query.direction = ec::direction::backwards;
  return query;
}

/// Where the query goes on after a page.
void go_on(ec::read_log& query, const ec::log_page& page) {
  if (query.direction == ec::direction::forwards)
    query.after = page.through;
  else if (!page.events.empty())
    query.before = page.events.back().position;
}

auto print_what_is_there(const log_arguments& given, ec::event_store& store, session& here)
  -> ec::result<exit_code> {
  event_printer printer{here, event_printer::from::log};
  auto query = first_query(given);
  for (auto left = given.limit; left > 0 && here.out().good();) {
    query.page.events = static_cast<std::size_t>(std::min<std::uint64_t>(left, 1000));
    const auto page = store.read(query);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& event : page->events)
      printer.print(event);
    if (page->complete)
      break;
    left -= page->events.size();
    go_on(query, *page);
  }
  return exit_code::done;
}

/// Prints what is there, and then what is committed. Fails with `log_rewound` when an older log took
/// the place of the one that was followed, with `shutting_down` when it is interrupted.
auto follow(const log_arguments& given, ec::event_store& store, session& here)
  -> ec::result<exit_code> {
  constexpr std::chrono::milliseconds patience{200}; // how soon an interruption is noticed
  const auto head = store.head();
  if (!head)
    return std::unexpected{head.error()};
  if (given.from > head->position.value + 1)
    return ec::fail(ec::errc::invalid_argument,
                    fmt::format("position {} is beyond the log, which ends at {}; --from {} prints "
                                "what comes next",
                                given.from, head->position.value, head->position.value + 1));
  auto followed =
    ec::subscribe(store, {.from = ec::log_position{given.from - 1}, .filter = filter_of(given)});
  if (!followed)
    return std::unexpected{std::move(followed.error())};
  const auto stop = here.stop_token();
  event_printer printer{here, event_printer::from::log};
  for (auto left = given.limit; left > 0 && here.out().good();) {
    const auto reached = followed->reached().position.value;
    if (stop.stop_requested())
      return ec::fail(
        ec::errc::shutting_down,
        fmt::format("interrupted after position {}; --from {} goes on", reached, reached + 1));
    if (here.out().reader_left())
      return exit_code::refused;
    const auto batch = followed->next(patience);
    if (!batch)
      return std::unexpected{batch.error()};
    const auto wanted = std::min<std::uint64_t>(left, batch->events.size());
    for (const auto& event : std::span{batch->events}.first(wanted))
      printer.print(event);
    left -= wanted;
    printer.flush();
    here.out().flush();
  }
  return exit_code::done;
}

auto print_log(const log_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  return given.follow ? follow(given, **store, here) : print_what_is_there(given, **store, here);
}

} // namespace

void add_log(commands& to) {
  const auto given = std::make_shared<log_arguments>();
  auto& app = to.add("log", "Print the events of all streams in the order of their positions",
                     [given](session& here) { return print_log(*given, here); });
  add_number(app, "--from", given->from, "The first position");
  auto* const last = add_number(app, "--to", given->to, "The last position");
  add_stream_choice(app, given->which);
  app
    .add_option("--type", given->types,
                "Events of this type, written KIND.TYPE; may be given several times")
    ->type_name("TYPE")
    ->type_size(1)
    ->allow_extra_args(false);
  add_limit(app, given->limit, "events");
  auto* const backwards = app.add_flag("--backwards", given->backwards, "Latest first");
  app
    .add_flag("--follow", given->follow,
              "Go on with what is committed, by any program, until it is interrupted")
    ->excludes(last)
    ->excludes(backwards);
}

} // namespace tool
