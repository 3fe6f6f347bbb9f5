#include "support/append_load.hpp"

#include "support/wait_until.hpp"

#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace support {

using namespace eventcore;
using namespace eventcore::testing;

append_load::append_load(std::vector<std::shared_ptr<event_store>> stores, std::size_t threads)
    : stores_{std::move(stores)}, commits_(threads) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back(
      [this, i](const std::stop_token& ending) { work(ending, *stores_[i % stores_.size()], i); });
}

void append_load::work(const std::stop_token& ending, event_store& store, std::size_t thread) {
  sequential_ids ids{static_cast<std::uint32_t>(1000 + thread)};
  const auto from = fmt::format("from-{}", thread);
  const auto to = fmt::format("to-{}", thread);
  stream_head from_head;
  stream_head to_head;
  std::optional<write_set> again;
  for (std::size_t n = 0; !ending.stop_requested(); ++n) {
    const auto set =
      again ? *again
            : write_of(ids, {stream_of(from).at(from_head).event("given", fmt::format("{}", n)),
                             stream_of(to).at(to_head).event("taken", fmt::format("{}", n))});
    again.reset();
    const auto outcome = store.append(set);
    const auto became = take(thread, set, outcome);
    if (became == fate::committed) {
      from_head = head_after(set, from);
      to_head = head_after(set, to);
    } else if (const auto* refusal = std::get_if<refused>(&outcome)) {
      for (const auto& [stream, expected, found] : refusal->streams)
        (stream.text() == from ? from_head : to_head) = found;
    } else if (became == fate::not_written && n % 2 == 0) {
      again = set;
    }
  }
}

auto append_load::take(std::size_t thread, const write_set& set, const append_outcome& outcome)
  -> fate {
  auto became = fate::not_written;
  if (std::holds_alternative<committed>(outcome))
    became = fate::committed;
  const auto* failed = std::get_if<failure>(&outcome);
  if (failed && failed->code == errc::outcome_unknown)
    became = fate::unknown;
  const std::lock_guard lock{mutex_};
  if (failed) {
    ++failures_;
    if (failed->code != errc::outcome_unknown && failed->code != errc::store_unavailable)
      problem_ = failed->text();
  }
  if (const auto* refusal = std::get_if<refused>(&outcome))
    for (const auto& misfit : refusal->streams)
      if (const auto known = told_.find(misfit.found.commit);
          known == told_.end() || known->second == fate::not_written)
        problem_ = "a commit that was said not to be written is there: " + shown(outcome);
  if (became == fate::committed)
    ++commits_[thread];
  if (became == fate::unknown)
    ++unknown_;
  told_.insert_or_assign(set.commit, became);
  return became;
}

void append_load::wait_for_commits(std::size_t more) {
  std::vector<std::size_t> wanted;
  {
    const std::lock_guard lock{mutex_};
    for (const auto count : commits_)
      wanted.push_back(count + more);
  }
  wait_until("further commits", [&] {
    const std::lock_guard lock{mutex_};
    if (!problem_.empty())
      throw std::runtime_error{problem_};
    return std::ranges::equal(commits_, wanted, std::ranges::greater_equal{});
  });
}

void append_load::wait_for_failure() {
  const auto count = [this] {
    const std::lock_guard lock{mutex_};
    return failures_;
  };
  wait_until("a failure", [&, before = count()] { return count() > before; });
}

void append_load::stop() {
  for (auto& thread : threads_)
    thread.request_stop();
  threads_.clear();
}

auto append_load::unknown() const -> std::size_t {
  const std::lock_guard lock{mutex_};
  return unknown_;
}

void append_load::check_log(event_store& log) const {
  const std::lock_guard lock{mutex_};
  check(problem_.empty(), problem_);
  struct found {
    std::size_t events = 0;
    log_position last{};
  };
  std::map<commit_id, found> in_log;
  read_log query;
  for (bool complete = false; !complete;) {
    const auto page = must(log.read(query));
    for (const auto& event : page.events) {
      auto& here = in_log[event.commit];
      check(here.events == 0 || here.last.value + 1 == event.position.value,
            "the events of a commit lie together");
      ++here.events;
      here.last = event.position;
      check(told_.contains(event.commit), "only what was appended is there");
    }
    query.after = page.through;
    complete = page.complete;
  }
  for (const auto& [commit, became] : told_) {
    const auto events = in_log.contains(commit) ? in_log[commit].events : 0;
    switch (became) {
    case fate::committed:
      check_equal(events, 2U, "events of a commit that was told");
      break;
    case fate::not_written:
      check_equal(events, 0U, "events of a write set that was said not to be written");
      break;
    case fate::unknown:
      check(events == 0 || events == 2, "a write set of unknown outcome is there whole or not");
      break;
    }
  }
  check_healthy(log);
}

} // namespace support
