#include "eventcore/testing/races.hpp"

#include "contract_bench.hpp"
#include "threads.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace eventcore::testing {

namespace {

using decide = std::function<write_set(std::size_t round, std::size_t thread, event_store& store,
                                       sequential_ids& ids)>;
using judge = std::function<void(std::span<const append_outcome> losers, const committed& winner)>;

// Makes the racers of a round meet inside the store. A store asks for the time while it commits:
// there an append of the gatekeeper's own waits until every racer has called `append`, so that they
// queue behind it and then run on each other's heels, through whatever gap lies between the store's
// check and its write.
class gate {
public:
  explicit gate(std::size_t racers) : racers_{racers} {}

  /// The clock for the stores of the race.
  auto operator()() -> timestamp {
    if (std::this_thread::get_id() == keeper_) {
      inside_ = true;
      while (started_ < racers_ && !left_)
        std::this_thread::yield();
      for (int i = 0; i < 20; ++i) // from the call to the store's lock
        std::this_thread::yield();
    }
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  /// Called by the gatekeeper: appends `set` and holds the store meanwhile.
  void keep(event_store& store, const write_set& set) {
    keeper_ = std::this_thread::get_id();
    must_commit(store, set);
    keeper_ = std::thread::id{};
    inside_ = true; // also when the store asked another thread for the time
  }

  /// Called by each racer before it appends.
  void pass() {
    while (!inside_ && !left_)
      std::this_thread::yield();
    ++started_;
  }

  /// Between two rounds, when nobody is at the gate.
  void close() {
    inside_ = false;
    started_ = 0;
  }

  /// Holds up nobody any more.
  void leave() { left_ = true; }

private:
  std::size_t racers_;
  std::atomic<std::thread::id> keeper_{};
  std::atomic<bool> inside_ = false;
  std::atomic<bool> left_ = false;
  std::atomic<std::size_t> started_{0};
};

// Every thread decides, all meet, every thread appends while the gatekeeper holds the store, all
// meet, and the gatekeeper judges.
void race(contract_backend& backend, const race_size& size, const decide& decide_on,
          const judge& judge_losers) {
  gate at_gate{size.threads};
  const store_settings settings{.clock = std::ref(at_gate)};
  const auto first = must(backend.open(settings));
  std::vector stores(size.threads, first);
  if (backend.lacks(contract_need::same_database).empty())
    for (auto& store : stores)
      store = must(backend.open(settings));
  std::vector<append_outcome> outcomes(size.threads);
  const auto judge_round = [&](std::size_t round) {
    std::vector<append_outcome> losers;
    std::vector<committed> winners;
    for (const auto& outcome : outcomes)
      if (const auto* won = std::get_if<committed>(&outcome))
        winners.push_back(*won);
      else
        losers.push_back(outcome);
    check_equal(winners.size(), 1U, fmt::format("winners of round {}", round));
    judge_losers(losers, winners.front());
  };
  const auto keep_gate = [&](meeting& all, std::size_t round, sequential_ids& ids) {
    all.wait();
    at_gate.keep(*first, write_of(ids, {stream_of(fmt::format("gate-{}", round)).event("held")}));
    all.wait();
    judge_round(round); // the racers may read on: nobody writes before all meet again
    at_gate.close();
  };
  const auto run = [&](std::size_t thread, meeting& all) {
    sequential_ids ids{static_cast<std::uint32_t>(thread + 1)};
    for (std::size_t round = 0; round < size.rounds; ++round) {
      if (thread == size.threads) {
        keep_gate(all, round, ids);
        continue;
      }
      const auto set = decide_on(round, thread, *stores[thread], ids);
      all.wait();
      at_gate.pass();
      outcomes[thread] = stores[thread]->append(set);
      all.wait();
    }
  };
  run_race(size.threads + 1, run, [&] { at_gate.leave(); });
  check_equal(must(first->head()).position, log_position{2 * size.rounds},
              "one event of every round and the gatekeeper's are in the log");
  check_healthy(*first);
}

} // namespace

void race_for_one_stream(contract_backend& backend, const race_size& size) {
  race(
    backend, size,
    [](std::size_t, std::size_t, event_store& store, sequential_ids& ids) {
      return write_of(ids, {stream_of("shared-1").at(head_of(store, "shared-1")).event("won")});
    },
    [](std::span<const append_outcome> losers, const committed& winner) {
      for (const auto& outcome : losers) {
        const auto& refusal = must_be<refused>(outcome);
        check_equal(refusal.streams.at(0).found.commit, winner.commit,
                    "the commit that a loser is told");
        check_equal(refusal.streams.at(0).found.version, winner.streams.at(0).version,
                    "its version");
      }
    });
}

void race_by_write_skew(contract_backend& backend, const race_size& size) {
  race(
    backend, size,
    [&](std::size_t, std::size_t thread, event_store& store, sequential_ids& ids) {
      std::vector<read_stream> queries;
      for (std::size_t i = 0; i < size.threads; ++i)
        queries.push_back(
          {.stream = must(stream_id::of(fmt::format("skew-{}", i))), .page = {.events = 1}});
      const auto pages = must(store.read(queries));
      std::vector<stream_of> streams;
      for (std::size_t i = 0; i < size.threads; ++i)
        streams.push_back(stream_of(queries[i].stream).at(pages[i].head));
      streams[thread].event("won");
      return write_of(ids, streams);
    },
    [](std::span<const append_outcome> losers, const committed& winner) {
      for (const auto& outcome : losers)
        check_equal(must_be<refused>(outcome).streams.at(0).found.commit, winner.commit,
                    "the commit that a loser is told");
    });
}

void race_for_one_request(contract_backend& backend, const race_size& size) {
  race(
    backend, size,
    [](std::size_t round, std::size_t thread, event_store&, sequential_ids& ids) {
      auto set = write_of(ids, {stream_of(fmt::format("r-{}-{}", round, thread)).event("done")});
      set.request = {must(request_id::of(fmt::format("races/{}", round))),
                     digest_command("race", "{}")};
      return set;
    },
    [](std::span<const append_outcome> losers, const committed& winner) {
      for (const auto& outcome : losers)
        check_equal(must_be<duplicate>(outcome).original, winner, "what a loser is told");
    });
}

} // namespace eventcore::testing
