#include "eventcore/stores/memory.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <atomic>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Readers look at the log without a lock while payloads leave it and come back: each sees all of them
// or none. Run under the thread sanitizer this also shows that nothing is changed under their hands.
BOOST_AUTO_TEST_CASE(readers_see_a_whole_log_while_payloads_leave_and_come_back) {
  sequential_ids ids;
  const auto store = memory::open();
  auto stream = stream_of("a-1");
  for (int i = 0; i < 300; ++i)
    stream.event("e", R"({"n":1})");
  must_commit(*store, write_of(ids, {stream.event(std::string{closed_event})}));
  const auto before = read_log_of(*store);
  const expectation closed{stream_id::trusted("a-1"), head_of(*store, "a-1")};
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::atomic<int> rounds = 0;
  std::jthread reader{[&] {
    while (!done || rounds < 3) {
      const auto page = read_log_of(*store);
      for (const auto& event : page.events)
        if (event.type == "e" && event.encoding != page.events.front().encoding)
          ++torn;
      ++rounds;
    }
  }};
  for (int i = 0; i < 50; ++i) {
    BOOST_TEST(must(store->maintenance().archive({.file = "old.json"}, {&closed, 1})) == 300U);
    BOOST_TEST(must(store->maintenance().unarchive("old.json", before.events)) == 300U);
  }
  done = true;
  reader.join();
  BOOST_TEST(torn == 0);
  check_healthy(*store);
}
