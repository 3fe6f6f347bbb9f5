#include "eventcore/testing/races.hpp"

#include "contract_bench.hpp"
#include "threads.hpp"

namespace eventcore::testing {

namespace {

using decide = std::function<write_set(std::size_t round, std::size_t thread, event_store& store,
                                       sequential_ids& ids)>;
using judge = std::function<void(std::span<const append_outcome> losers, const committed& winner)>;

// A store asks for the time while it commits. Giving the processor away there widens whatever gap
// it leaves between its check and its write.
auto yielding_clock() -> timestamp {
  std::this_thread::yield();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// Every thread decides, all meet, then every thread appends, all meet, and the first thread judges.
void race(contract_backend& backend, const race_size& size, const decide& decide_on,
          const judge& judge_losers) {
  const store_settings settings{.clock = yielding_clock};
  const auto first = must(backend.open(settings));
  std::vector stores(size.threads, first);
  if (backend.lacks(contract_need::same_database).empty())
    for (std::size_t i = 1; i < size.threads; ++i)
      stores[i] = must(backend.open(settings));
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
  run_race(size.threads, [&](std::size_t thread, meeting& all) {
    sequential_ids ids{static_cast<std::uint32_t>(thread + 1)};
    for (std::size_t round = 0; round < size.rounds; ++round) {
      const auto set = decide_on(round, thread, *stores[thread], ids);
      all.wait();
      outcomes[thread] = stores[thread]->append(set);
      all.wait();
      if (thread
          == 0) // the others may read on: nobody writes before the first comes to the meeting again
        judge_round(round);
    }
  });
  check_equal(must(first->head()).position, log_position{size.rounds},
              "one event of every round is in the log");
  check_healthy(*first);
}

} // namespace

void race_for_one_stream(contract_backend& backend, const race_size& size) {
  // Streams that are read as well make the check long, so that the next writer comes while it goes
  // on.
  std::vector<expectation> crowd;
  for (int i = 100; i < 300; ++i)
    crowd.push_back({must(stream_id::of(fmt::format("with-{}", i))), {}});
  race(
    backend, size,
    [&](std::size_t, std::size_t, event_store& store, sequential_ids& ids) {
      auto set = write_of(ids, {stream_of("shared-1").at(head_of(store, "shared-1")).event("won")});
      set.reads.insert(set.reads.end(), crowd.begin(), crowd.end());
      return set;
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
