#include "eventcore/ids.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <pthread.h>
#include <random>
#include <unistd.h>

namespace eventcore {

namespace {

// Counts the forks above this process: bytes that were buffered before a fork belong to the parent.
std::atomic<unsigned> process_generation{0};

// A system call costs more than a whole command may, so each thread takes its random bytes in bulk.
class random_buffer {
public:
  void take(void* out, std::size_t size) {
    const auto generation = process_generation.load(std::memory_order_relaxed);
    if (generation != generation_ || bytes_.size() - used_ < size) {
      refill();
      generation_ = generation;
    }
    std::memcpy(out, bytes_.data() + used_, size);
    used_ += size;
  }

private:
  void refill() {
    for (std::size_t at = 0; at < bytes_.size(); at += 256) // getentropy gives at most 256 bytes
      if (getentropy(bytes_.data() + at, 256) != 0)
        fall_back(at);
    used_ = 0;
  }

  void fall_back(std::size_t at) {
    std::random_device device;
    for (std::size_t i = at; i < at + 256; ++i)
      bytes_[i] = static_cast<unsigned char>(device());
  }

  std::array<unsigned char, 4096> bytes_{};
  std::size_t used_ = bytes_.size();
  unsigned generation_ = 0;
};

void take_random(void* out, std::size_t size) {
  static const int watching_forks =
    pthread_atfork(nullptr, nullptr, [] { process_generation.fetch_add(1); });
  static_cast<void>(watching_forks);
  thread_local random_buffer buffer;
  buffer.take(out, size);
}

class random_id_source final : public id_source {
public:
  auto next_commit() -> commit_id override {
    commit_id id;
    take_random(id.bytes.data(), id.bytes.size());
    return id;
  }

  auto next_event(timestamp now) -> event_id override {
    event_id id;
    auto& bytes = id.bytes;
    take_random(bytes.data() + 6, 10);
    const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    auto milliseconds = static_cast<std::uint64_t>(since_epoch.count());
    for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
      bytes[i] = static_cast<std::uint8_t>(milliseconds & 0xFF);
    bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0F)); // version 7
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3F)); // variant of RFC 9562
    return id;
  }
};

} // namespace

auto random_ids() -> id_source& {
  static random_id_source source;
  return source;
}

auto random_bits() -> std::uint64_t {
  std::uint64_t bits;
  take_random(&bits, sizeof bits);
  return bits;
}

} // namespace eventcore
