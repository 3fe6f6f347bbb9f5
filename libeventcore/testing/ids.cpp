#include "eventcore/testing/ids.hpp"

#include <cstddef>

namespace eventcore::testing {

namespace {

void put(uuid_bytes& bytes, std::size_t at, std::size_t size, std::uint64_t value) {
  for (auto i = size; i-- > 0; value >>= 8)
    bytes[at + i] = static_cast<std::uint8_t>(value & 0xFF);
}

} // namespace

auto sequential_ids::next_commit() -> commit_id {
  commit_id id;
  put(id.bytes, 0, 4, 0xC0C0C0C0); // tells a commit from an event at a glance
  put(id.bytes, 4, 4, seed_);
  put(id.bytes, 8, 8, commits_.fetch_add(1) + std::uint64_t{1});
  return id;
}

auto sequential_ids::next_event(timestamp now) -> event_id {
  const auto since_epoch =
    std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  event_id id;
  put(id.bytes, 0, 6, static_cast<std::uint64_t>(since_epoch.count()));
  put(id.bytes, 6, 2, 0x7000); // version 7
  put(id.bytes, 8, 4, seed_);
  put(id.bytes, 12, 4, events_.fetch_add(1) + std::uint64_t{1});
  // The variant takes two bits; the seed's go where the version left room.
  id.bytes[7] = static_cast<std::uint8_t>(id.bytes[8] >> 6);
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

} // namespace eventcore::testing
