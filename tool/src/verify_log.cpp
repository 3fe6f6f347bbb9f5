#include "verify_log.hpp"

#include <eventcore/detail/printable.hpp>
#include <eventcore/json.hpp>

#include <future>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tool {

namespace {

using names = std::set<std::string, std::less<>>;

auto known_archives(ec::event_store& store) -> ec::result<names> {
  const auto all = store.maintenance().list_archives();
  if (!all)
    return std::unexpected{all.error()};
  names known;
  for (const auto& one : *all)
    known.insert(one.file);
  return known;
}

class walk {
public:
  walk(ec::event_store& store, names archives) : store_{store}, archives_{std::move(archives)} {}

  void check(const ec::recorded_event& event) {
    const auto expected = ++last_.value;
    if (event.position.value != expected)
      complain(event, fmt::format("position {} was expected here", expected));
    last_ = event.position;
    if (event.recorded_at < recorded_at_)
      complain(event, "it was recorded before the event ahead of it");
    recorded_at_ = event.recorded_at;
    check_payload(event);
    if (!event.metadata_json.empty())
      if (const auto read = ec::parse_metadata(event.metadata_json); !read)
        complain(event, fmt::format("its metadata cannot be read: {}", read.error().detail));
    ++found_.events;
  }

  auto events() const -> std::uint64_t { return found_.events; }
  auto last() const -> ec::log_position { return last_; }

  auto result(const ec::log_head& head, bool complete) && -> log_check {
    if (complete && last_ != head.position)
      found_.problems.add(fmt::format("the log ends at position {}, but its head says {}",
                                      last_.value, head.position.value));
    return std::move(found_);
  }

  auto broken_off(std::string_view why) && -> log_check {
    found_.problems.add(
      fmt::format("the log cannot be read after position {}: {}", last_.value, why));
    return std::move(found_);
  }

private:
  void check_payload(const ec::recorded_event& event) {
    if (event.encoding == ec::encoding::json) {
      if (const auto valid = ec::validate_json(event.payload); !valid)
        complain(event, fmt::format("its payload is not JSON: {}", valid.error().detail));
    } else if (event.encoding == ec::encoding::archived) {
      ++found_.archived;
      if (!is_known(event))
        complain(event, fmt::format("its payload is in the archive '{}', which the store does not "
                                    "know",
                                    ec::detail::printable(event.payload)));
    }
  }

  auto is_known(const ec::recorded_event& event) -> bool {
    if (archives_.contains(event.payload) || unknown_.contains(event.payload))
      return archives_.contains(event.payload);
    const bool known = came_or_went(event);
    std::string name{event.payload};
    (known ? archives_ : unknown_).insert(std::move(name));
    return known;
  }

  // Programs may archive, or put back, while the log is read.
  auto came_or_went(const ec::recorded_event& event) -> bool {
    if (const auto now = known_archives(store_); now && now->contains(event.payload))
      return true;
    const auto again = store_.read(
      ec::read_log{.after = {event.position.value - 1}, .before = {event.position.value + 1}});
    return again && !again->events.empty()
           && (again->events.front().encoding != event.encoding
               || again->events.front().payload != event.payload);
  }

  void complain(const ec::recorded_event& event, std::string_view what) {
    found_.problems.add(fmt::format("the event at position {} (stream '{}', version {}, {}): {}",
                                    event.position.value, ec::detail::printable(event.stream),
                                    event.version.value, ec::detail::printable(event.type), what));
  }

  ec::event_store& store_;
  names archives_;
  names unknown_{};
  ec::log_position last_{};
  ec::timestamp recorded_at_ = ec::timestamp::min();
  log_check found_;
};

} // namespace

// The next page is read while one is checked.
auto verify_log(ec::event_store& store, const std::stop_token& stop,
                const std::function<void(std::uint64_t)>& progress) -> ec::result<log_check> {
  const auto head = store.head();
  if (!head)
    return std::unexpected{head.error()};
  auto archives = known_archives(store);
  if (!archives)
    return std::unexpected{std::move(archives.error())};
  walk walked{store, std::move(*archives)};
  const auto read = [&store, before = head->position.value + 1](ec::log_position after) {
    return store.read(ec::read_log{
      .after = after, .before = {before}, .page = {.events = 10'000, .bytes = 4 * 1024 * 1024}});
  };
  auto page = read({});
  for (;;) {
    if (!page && page.error().code == ec::errc::store_corrupt)
      return std::move(walked).broken_off(page.error().detail);
    if (!page)
      return std::unexpected{std::move(page.error())};
    if (stop.stop_requested())
      return std::move(walked).result(*head, false);
    std::future<ec::result<ec::log_page>> next;
    if (!page->complete)
      next = std::async(std::launch::async, read, page->through);
    for (const auto& event : page->events)
      walked.check(event);
    progress(walked.events());
    if (!next.valid())
      return std::move(walked).result(*head, true);
    page = next.get();
  }
}

} // namespace tool
