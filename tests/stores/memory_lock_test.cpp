#include "fair_lock.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using eventcore::memory::fair_lock;

// Two readers pass the lock to each other so that it is never free: each holds it until the other
// one holds it too, or is kept waiting behind the writer. A lock that lets readers overtake never
// serves the writer.
BOOST_AUTO_TEST_CASE(a_writer_gets_its_turn_though_readers_never_leave_the_lock_free) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto deadline = now() + 10s;
  fair_lock lock;
  std::atomic<bool> served = false;
  std::atomic<bool> given_up = false;
  std::array<std::atomic<std::uint64_t>, 2> held{};
  const auto read = [&](std::size_t self) {
    const auto& other = held[1 - self];
    while (!served && !given_up) {
      const std::shared_lock guard{lock};
      ++held[self];
      const auto before = other.load();
      const auto patience = now() + 20ms;
      while (other == before && now() < patience)
        std::this_thread::yield();
      if (now() > deadline)
        given_up = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const std::size_t self : {0U, 1U})
      threads.emplace_back(read, self);
    threads.emplace_back([&] {
      while (held[0] == 0 || held[1] == 0)
        std::this_thread::yield();
      const std::lock_guard guard{lock};
      served = true;
    });
  }
  BOOST_TEST(!given_up);
}

// More threads wait than the lock has places to sleep at, and writers mix with readers.
BOOST_AUTO_TEST_CASE(writers_exclude_everybody_and_readers_only_writers) {
  constexpr auto threads = 80;
  constexpr auto rounds = 50;
  fair_lock lock;
  int counter = 0; // not atomic: the lock is what guards it
  std::atomic<int> torn = 0;
  {
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i)
      running.emplace_back([&, i] {
        for (int k = 0; k < rounds; ++k)
          if (i % 2 == 0) {
            const std::lock_guard guard{lock};
            ++counter;
            std::this_thread::yield();
            ++counter;
          } else {
            const std::shared_lock guard{lock};
            torn += counter % 2;
          }
      });
  }
  BOOST_TEST(torn == 0);
  BOOST_TEST(counter == threads * rounds);
}
