#pragma once

#include "lending.hpp"

#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A library's store, with events that programs of all its years wrote.
namespace lending {

using namespace ec::testing;

using strings = std::vector<std::string>;

/// An event whose payload left the store.
inline auto archived_event() -> ec::recorded_event {
  return {.position = {4},
          .version = {1},
          .stream = "book-moby",
          .type = "book_lent",
          .type_version = 3,
          .encoding = ec::encoding::archived,
          .payload = "old.jsonl.zst"};
}

/// A store with one stream of stored events, in whatever version.
struct shelf {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  sequential_ids ids;

  void add(std::string_view stream, std::string type, std::uint32_t version, std::string payload,
           ec::encoding encoding = ec::encoding::json) {
    ec::write_set set{.commit = ids.next_commit()};
    set.reads.push_back({ec::unwrap(ec::stream_id::of(stream)), head_of(*store, stream)});
    set.events.push_back({.id = ids.next_event({}),
                          .type = std::move(type),
                          .type_version = version,
                          .encoding = encoding,
                          .payload = std::move(payload)});
    must_commit(*store, set);
  }

  auto read() const -> ec::result<ec::loaded<book>> {
    return ec::load(*store, ec::stream<book>{"moby"});
  }

  auto story() const -> strings { return ec::unwrap(read()).state.story; }
};

} // namespace lending
