#pragma once

#include "support/guarded_store.hpp"

#include <eventcore/recent_log.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// A store with the recent log before it, and what tests of that look at.
namespace recent_log_support {

namespace ec = eventcore;
using namespace ec::testing;

/// A store that knows what it gave to readers of the log: how much, and how much of that is held.
class counting_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;
  using ec::forwarding_store::read;

  auto read(const ec::read_log& query) -> ec::result<ec::log_page> override {
    ++reads;
    auto page = inner_->read(query);
    if (!page || page->events.empty())
      return page;
    given += page->events.size();
    held += page->events.size();
    page->owner = std::shared_ptr<const void>{
      page->events.data(),
      [this, count = page->events.size(), inner = page->owner](const void*) { held -= count; }};
    return page;
  }

  std::atomic<std::size_t> reads{0};
  std::atomic<std::size_t> given{0}; // events
  std::atomic<std::size_t> held{0};  // events of pages that live
};

/// Writes commits of one event each, of any size.
class log_writer {
public:
  explicit log_writer(std::uint32_t seed = 1) : ids_{seed} {}

  void add(ec::event_store& to, const std::string& stream, const std::string& type = "x",
           std::size_t size = 2) {
    auto& head = heads_[stream];
    const auto set =
      write_of(ids_, {stream_of(stream).at(head).event(type, std::string(size, ' ') + "{}")});
    must_commit(to, set);
    head = head_after(set, stream);
  }
  void add(ec::event_store& to, int count) {
    for (int i = 0; i < count; ++i)
      add(to, "a-1");
  }

private:
  sequential_ids ids_;
  std::map<std::string, ec::stream_head> heads_;
};

/// A log with the recent one before it.
struct fixture {
  std::shared_ptr<ec::event_store> log = ec::memory::open();
  std::shared_ptr<support::guarded_store> guard = std::make_shared<support::guarded_store>(log);
  std::shared_ptr<counting_store> counting = std::make_shared<counting_store>(guard);
  log_writer writer;

  auto recent(const ec::recent_log_settings& settings = {}) const
    -> std::unique_ptr<ec::recent_log> {
    return std::make_unique<ec::recent_log>(counting, settings);
  }
};

inline auto is_same(const ec::recorded_event& a, const ec::recorded_event& b) -> bool {
  return a.position == b.position && a.version == b.version && a.stream == b.stream
         && a.commit == b.commit && a.id == b.id && a.type == b.type && a.payload == b.payload
         && a.recorded_at == b.recorded_at;
}

inline auto positions(const std::vector<ec::recorded_event>& events) -> std::vector<std::uint64_t> {
  std::vector<std::uint64_t> all;
  for (const auto& event : events)
    all.push_back(event.position.value);
  return all;
}

} // namespace recent_log_support
