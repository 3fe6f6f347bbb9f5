#include <eventcore/log_batch.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/subscription.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>

#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace ec = eventcore;
using namespace ec::testing;

namespace {

struct written {
  std::string stream;
  std::string type;
};

auto some_stream() -> std::string {
  return *rc::gen::elementOf(
    std::vector<std::string>{"a-1", "a-2", "ab-1", "b-1", "b-1-a", "A-1", "no kind", "a_b-1"});
}

auto some_of(const std::vector<std::string>& all) -> std::vector<std::string> {
  std::vector<std::string> some;
  for (const auto& one : all)
    if (*rc::gen::inRange(0, 3) == 0)
      some.push_back(one);
  return some;
}

auto some_filter() -> ec::event_filter {
  return {.kinds = some_of({"a", "ab", "b", "a_b"}),
          .prefix = *rc::gen::elementOf(std::vector<std::string>{"", "", "a", "a-", "b-1", "a_"}),
          .glob = *rc::gen::elementOf(
            std::vector<std::string>{"", "", "*", "?-1", "*-[!1]", "[ab]*", "* *"}),
          .types = some_of({"a.x", "a.y", "ab.x", "b.y", "a_b.x"})};
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_filters)

// Whatever the pages, the spans and the moments at which events are written: what comes is what
// `fits` says of all events, each once and in order, and progress never stands still.
BOOST_AUTO_TEST_CASE(what_is_delivered_is_what_fits) {
  BOOST_TEST(rc::check("filters", [] {
    const auto store = ec::memory::open();
    sequential_ids ids;
    std::map<std::string, ec::stream_head> heads;
    std::vector<written> log;
    const auto write_some = [&] {
      const auto count = *rc::gen::inRange(0, 12);
      for (int i = 0; i < count; ++i) {
        const written one{some_stream(), *rc::gen::elementOf(std::vector<std::string>{"x", "y"})};
        const auto set =
          write_of(ids, {stream_of(one.stream).at(heads[one.stream]).event(one.type)});
        must_commit(*store, set);
        heads[one.stream] = head_after(set, one.stream);
        log.push_back(one);
      }
    };
    const auto filter = some_filter();
    ec::batch_query query{.filter = filter,
                          .page = {.events = *rc::gen::inRange<std::size_t>(1, 5)},
                          .span = *rc::gen::inRange<std::uint64_t>(1, 9)};
    auto sub = ec::unwrap(ec::subscribe(*store, {.filter = filter, .page = query.page}));
    std::vector<std::uint64_t> by_batches;
    std::vector<std::uint64_t> by_subscription;
    const auto take = [](std::vector<std::uint64_t>& to, const ec::log_batch& batch) {
      for (const auto& event : batch.events)
        to.push_back(event.position.value);
    };
    for (int round = 0; round < 3; ++round) {
      write_some();
      for (bool at_head = false; !at_head;) {
        const auto batch = ec::unwrap(ec::read_batch(*store, query));
        at_head = batch.is_at_head();
        RC_ASSERT(at_head || batch.through.position > query.after.position);
        query.after = ec::checkpoint_at(batch.through);
        take(by_batches, batch);
      }
      for (bool at_head = false; !at_head;) {
        const auto batch = ec::unwrap(sub.next(std::chrono::milliseconds{0}));
        at_head = batch.is_at_head();
        take(by_subscription, batch);
      }
    }
    std::vector<std::uint64_t> expected;
    for (std::size_t i = 0; i < log.size(); ++i)
      if (ec::fits(filter, log[i].stream, log[i].type))
        expected.push_back(i + 1);
    RC_ASSERT(by_batches == expected);
    RC_ASSERT(by_subscription == expected);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
