#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "event_text.hpp"

#include <eventcore/detail/printable.hpp>

#include <memory>
#include <utility>

namespace tool {

namespace {

struct read_arguments {
  std::string stream;
  std::uint64_t from = 1;
  std::uint64_t to = 0; // 0: to the end
  std::uint64_t limit = no_limit;
  bool backwards = false;
};

auto first_query(const read_arguments& given, ec::stream_id stream) -> ec::read_stream {
  ec::read_stream query{.stream = std::move(stream), .after = {given.from - 1}};
  if (given.to > 0)
    query.before = {given.to + 1};
  if (given.backwards)
    query.direction = ec::direction::backwards;
  return query;
}

void go_on(ec::read_stream& query, const ec::recorded_event& last) {
  if (query.direction == ec::direction::backwards)
    query.before = last.version;
  else
    query.after = last.version;
}

auto read_one_stream(const read_arguments& given, session& here) -> ec::result<exit_code> {
  auto stream = ec::stream_id::of(given.stream);
  if (!stream)
    return std::unexpected{stream.error()};
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  event_printer printer{here, event_printer::from::stream};
  auto query = first_query(given, *stream);
  for (auto left = given.limit; left > 0 && here.out().good();) {
    query.page.events = static_cast<std::size_t>(std::min<std::uint64_t>(left, 1000));
    const auto page = (*store)->read(query);
    if (!page)
      return std::unexpected{page.error()};
    if (page->head.version.value == 0)
      return ec::fail(ec::errc::not_found,
                      fmt::format("there is no stream '{}'; eventcore streams lists those that "
                                  "there are",
                                  ec::detail::printable(stream->text(), 255)));
    for (const auto& event : page->events)
      printer.print(event);
    left -= page->events.size();
    if (page->complete || page->events.empty())
      break;
    go_on(query, page->events.back());
  }
  return exit_code::done;
}

} // namespace

void add_read(commands& to) {
  const auto given = std::make_shared<read_arguments>();
  auto& app = to.add("read", "Print the events of a stream",
                     [given](session& here) { return read_one_stream(*given, here); });
  app.add_option("STREAM", given->stream, "The stream's id")->required();
  add_number(app, "--from", given->from, "The first version");
  add_number(app, "--to", given->to, "The last version");
  add_limit(app, given->limit, "events");
  app.add_flag("--backwards", given->backwards, "Latest first");
}

} // namespace tool
