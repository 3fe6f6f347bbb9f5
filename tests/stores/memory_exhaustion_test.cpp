#include "eventcore/stores/memory.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"

#include <cstdlib>
#include <new>

#include <boost/test/unit_test.hpp>

namespace {

// How many allocations still succeed; negative: all do.
int left = -1;

auto allocate(std::size_t size) -> void* {
  if (left == 0)
    throw std::bad_alloc{};
  if (left > 0)
    --left;
  if (auto* memory = std::malloc(size == 0 ? 1 : size))
    return memory;
  throw std::bad_alloc{};
}

} // namespace

auto operator new(std::size_t size) -> void* { return allocate(size); }
auto operator new[](std::size_t size) -> void* { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace eventcore;
using namespace eventcore::testing;

namespace {

/// Runs `act` with room for `allocations` more.
template <class Act>
auto within(int allocations, Act act) {
  struct reset {
    ~reset() { left = -1; }
  } const after;
  left = allocations;
  return act();
}

auto large_write(sequential_ids& ids) -> write_set {
  auto set = write_of(
    ids, {stream_of("a-1").event("left", "\"" + std::string(5000, 'x') + "\"").event("again"),
          stream_of("b-1").event("right"), stream_of("c-1")});
  set.metadata.actor = "somebody with a long name";
  set.request = {must(request_id::of("a request with a long name")), command_digest{}};
  return set;
}

} // namespace

// Every allocation of an append fails once: nothing of the write set is in the log then, and the
// store goes on.
BOOST_AUTO_TEST_CASE(an_append_without_memory_writes_nothing) {
  sequential_ids ids;
  int failed = 0;
  for (int allocations = 1;; ++allocations) {
    const auto store = memory::open();
    const auto set = large_write(ids);
    const auto* one = &set;
    // The first allocation is that of the outcomes.
    const auto outcomes = within(allocations, [&] { return store->append(write_batch{&one, 1}); });
    check_healthy(*store);
    if (std::holds_alternative<committed>(outcomes.front()))
      break;
    ++failed;
    BOOST_CHECK(must_be<failure>(outcomes.front()).code == errc::overloaded);
    BOOST_CHECK(must(store->head()) == log_head{});
    BOOST_CHECK(head_of(*store, "a-1") == stream_head{});
    BOOST_TEST(must_commit(*store, set).count == 3U);
    check_healthy(*store);
  }
  BOOST_TEST(failed > 10);
}

BOOST_AUTO_TEST_CASE(a_batch_without_memory_is_committed_up_to_where_it_ran_out) {
  sequential_ids ids;
  const auto batch_size = 5U;
  bool some_and_not_all = false;
  for (int allocations = 1;; ++allocations) {
    const auto store = memory::open();
    std::vector<write_set> batch;
    for (auto i = 0U; i < batch_size; ++i)
      batch.push_back(
        write_of(ids, {stream_of("stream-with-a-long-name-" + std::to_string(i)).event("e")}));
    std::vector<const write_set*> sets;
    for (const auto& set : batch)
      sets.push_back(&set);
    const auto outcomes = within(allocations, [&] { return store->append(write_batch{sets}); });
    std::uint64_t done = 0;
    for (const auto& outcome : outcomes)
      done += std::holds_alternative<committed>(outcome) ? 1U : 0U;
    BOOST_CHECK(must(store->head()).position == log_position{done});
    check_healthy(*store);
    some_and_not_all = some_and_not_all || (done > 0 && done < batch_size);
    if (done == batch_size)
      break;
  }
  BOOST_TEST(some_and_not_all);
}

BOOST_AUTO_TEST_CASE(moves_without_memory_move_nothing) {
  sequential_ids ids;
  const auto set = large_write(ids);
  const std::string gone = "a checkpoint with a long name that goes";
  const std::string made = "a checkpoint with a long name that is made";
  const std::string moved = "a checkpoint with a long name that moves";
  int failed = 0;
  for (int allocations = 0;; ++allocations) {
    const auto store = memory::open();
    must_commit(*store, set);
    const checkpoint last{{3}, set.commit};
    const checkpoint first{{1}, set.commit};
    must(store->save_checkpoint(gone, first));
    must(store->save_checkpoint(moved, first));
    const checkpoint_move moves[] = {
      {gone, first, {}, {}}, {made, {}, first, {}}, {moved, first, last, {}}};
    const auto done = within(allocations, [&] { return store->transact(moves, {}); });
    const auto stands = [&](const std::string& name) { return must(store->load_checkpoint(name)); };
    BOOST_CHECK(stands(gone) == (done ? std::nullopt : std::optional{first}));
    BOOST_CHECK(stands(made) == (done ? std::optional{first} : std::nullopt));
    BOOST_CHECK(stands(moved) == (done ? last : first));
    if (done)
      break;
    ++failed;
    must_fail(done, errc::overloaded, "out of memory");
  }
  BOOST_TEST(failed > 3);
}

BOOST_AUTO_TEST_CASE(reading_without_memory_is_a_failure) {
  sequential_ids ids;
  const auto store = memory::open();
  must_commit(*store, large_write(ids));
  const auto stream = stream_id::trusted("a-1");
  const auto pages = within(0, [&] { return store->read(std::span<const read_stream>{}); });
  BOOST_TEST(pages.has_value());
  const read_stream query{.stream = stream};
  const auto page = within(0, [&] { return store->read(std::span{&query, 1}); });
  must_fail(page, errc::overloaded, "out of memory");
  const auto log = within(0, [&] { return store->read(read_log{}); });
  must_fail(log, errc::overloaded, "out of memory");
  BOOST_TEST(read_all(*store, "a-1").events.size() == 2U);
}
