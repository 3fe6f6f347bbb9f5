#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "progress.hpp"
#include "table.hpp"

#include <memory>
#include <utility>

namespace tool {

namespace {

using std::chrono::milliseconds;

struct list_arguments {
  std::string after;
  std::uint64_t limit = no_limit;
};

auto as_json(const ec::recorded_request& request) -> std::string {
  return json_line{}
    .text("request", request.id.text())
    .number("first", request.done.first.value)
    .number("count", request.done.count)
    .text("commit", request.done.commit.text())
    .time("recorded_at", request.recorded_at)
    .done();
}

auto list_requests(const list_arguments& given, session& here) -> ec::result<exit_code> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  auto& out = here.out();
  table rows{out,
             {{"REQUEST"},
              {"POSITION", table::align::right},
              {"EVENTS", table::align::right},
              {"RECORDED AT"}}};
  auto after = given.after;
  for (auto left = given.limit; left > 0 && out.good();) {
    const auto asked = static_cast<std::size_t>(std::min<std::uint64_t>(left, 1000));
    const auto page = (*store)->maintenance().list_requests(after, asked);
    if (!page)
      return std::unexpected{page.error()};
    for (const auto& request : *page)
      if (here.json())
        out.line(as_json(request));
      else
        rows.row({request.id.text(), fmt::format("{}", request.done.first.value),
                  fmt::format("{}", request.done.count), time_text(request.recorded_at)});
    if (page->size() < asked)
      break;
    left -= page->size();
    after = page->back().id.text();
  }
  return exit_code::done;
}

auto forget_requests(milliseconds age, session& here) -> ec::result<exit_code> {
  if (!here.yes())
    return here.refuse(
      "a command that is repeated after its request was forgotten takes effect again");
  const auto store = here.open(access::write);
  if (!store)
    return std::unexpected{store.error()};
  constexpr std::size_t at_once = 1000; // a short transaction, for the writers beside it
  const auto stop = here.stop_token();
  progress shown{"forgetting", "requests"};
  std::uint64_t forgotten = 0;
  for (auto last = at_once; last == at_once;) {
    if (stop.stop_requested())
      return ec::fail(ec::errc::shutting_down,
                      fmt::format("interrupted: {} requests were forgotten", forgotten));
    const auto done = (*store)->maintenance().forget_requests(age, at_once);
    if (!done)
      return std::unexpected{done.error()};
    last = *done;
    forgotten += last;
    shown.show(forgotten);
  }
  shown.clear();
  here.out().line(here.json() ? json_line{}.number("forgotten", forgotten).done()
                              : fmt::format("forgot {} requests", forgotten));
  return exit_code::done;
}

} // namespace

void add_requests(commands& to) {
  const auto given = std::make_shared<list_arguments>();
  auto& list = to.add("requests", "List the requests that are known to be done",
                      [given](session& here) { return list_requests(*given, here); });
  list.add_option("--after", given->after, "Only requests whose id is greater: where to go on")
    ->type_name("REQUEST");
  add_limit(list, given->limit, "requests");

  const auto age = std::make_shared<milliseconds>();
  auto& forget = to.add(list, "forget", "Forget requests that were done long ago; needs --yes",
                        [age](session& here) { return forget_requests(*age, here); });
  add_duration(forget, "--older-than", *age, "How long ago, as 30d or 12h")->required();
  forget.footer("Choose a time after which no caller repeats its command any more: one that is "
                "repeated later takes effect again.");
}

} // namespace tool
