#include "contract_bench.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace eventcore::testing {

namespace {

auto transfer(sequential_ids& ids, std::uint64_t number) -> write_set {
  auto set = write_of(ids, {stream_of(fmt::format("from-{}", number)).event("paid"),
                            stream_of(fmt::format("to-{}", number)).event("got")});
  set.request = {must(request_id::of(fmt::format("transfers/{}", number))),
                 digest_command("transfer", std::to_string(number))};
  return set;
}

// A program that goes on where the last one was killed, and says so after each commit. It never
// returns.
[[noreturn]] void work(contract_backend& backend, std::uint32_t seed, std::uint64_t first,
                       int told) {
  try {
    sequential_ids ids{seed};
    const auto store = must(backend.open({}));
    for (auto number = first;; ++number) {
      must_be<committed>(store->append(transfer(ids, number)));
      const char byte = '.';
      if (write(told, &byte, 1) != 1)
        break;
    }
  } catch (...) {
    // The parent sees that fewer commits were told than it waits for.
  }
  _exit(1);
}

/// Lets a child commit transfers from `first` on and kills it after `count` were told; returns how
/// many were told.
auto run_killed(contract_backend& backend, std::uint32_t seed, std::uint64_t first, int count)
  -> int {
  int pipe_ends[2];
  check(pipe(pipe_ends) == 0, "a pipe can be made");
  const auto child = fork();
  check(child >= 0, "a child can be forked");
  if (child == 0) {
    close(pipe_ends[0]);
    work(backend, seed, first, pipe_ends[1]);
  }
  close(pipe_ends[1]);
  int told = 0;
  char byte = 0;
  while (told < count && read(pipe_ends[0], &byte, 1) == 1)
    ++told;
  kill(child, SIGKILL);
  while (read(pipe_ends[0], &byte, 1) == 1) // told before the signal came
    ++told;
  close(pipe_ends[0]);
  waitpid(child, nullptr, 0);
  check(told >= count, "the child commits until it is killed");
  return told;
}

// Killed again and again in the middle of its work: what it told is there, nothing is half there,
// and repeating the transfer whose outcome nobody knows does it exactly once.
void a_killed_program_loses_nothing_that_it_told(contract_backend& backend) {
  sequential_ids ids{1000};
  std::uint64_t done = 0;
  for (std::uint32_t round = 0; round < 20; ++round) {
    done += static_cast<std::uint64_t>(
      run_killed(backend, round + 1, done + 1, static_cast<int>(round % 5)));
    const auto store = must(backend.open({}));
    for (auto number = done == 0 ? 1 : done; number <= done; ++number)
      must_repeat(*store, transfer(ids, number));
    const auto unknown = store->append(transfer(ids, ++done));
    check(std::holds_alternative<committed>(unknown) || std::holds_alternative<duplicate>(unknown),
          "the transfer with the unknown outcome: " + shown(unknown));
    check_equal(must(store->head()).position, log_position{2 * done}, "the log's position");
    check_healthy(*store);
  }
  const auto store = must(backend.open({}));
  for (std::uint64_t number = 1; number <= done; ++number) {
    check_equal(head_of(*store, fmt::format("from-{}", number)).version, stream_version{1},
                "one leg");
    check_equal(head_of(*store, fmt::format("to-{}", number)).version, stream_version{1},
                "the other leg");
  }
}

} // namespace

auto crash_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_killed_program_loses_nothing_that_it_told, processes),
  };
  return cases;
}

} // namespace eventcore::testing
