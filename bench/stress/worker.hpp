#pragma once

#include "options.hpp"
#include "other_process.hpp"
#include "told.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

namespace stress {

/// What a worker is asked for: a round by its first `clients` clients, or, when there are none, its end.
struct worker_order {
  std::uint64_t clients = 0;
  std::uint64_t nanoseconds = 0;
  bool timed = false; ///< the latencies of the round count
};
BOOST_DESCRIBE_STRUCT(worker_order, (), (clients, nanoseconds, timed))

/// What a round came to, or at the end the whole run.
struct worker_answer {
  std::string problem{}; ///< why there is nothing else
  double seconds = 0;
  std::vector<tally> clients{}; ///< what each was told so far
  std::uint64_t unanswered = 0;
  std::uint64_t transactions = 0;
  std::uint64_t rows = 0;
  double p50_us = 0;
  double p95_us = 0;
  double p99_us = 0;
  double max_us = 0;
  std::map<std::string, std::uint64_t> failures{};
  std::string first_failure{};
  std::uint64_t rss_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(worker_answer, (),
                      (problem, seconds, clients, unanswered, transactions, rows, p50_us, p95_us,
                       p99_us, max_us, failures, first_failure, rss_bytes))

/// Another process with clients and a runtime of its own on the same store. It waits until `begin`, and ends with the
/// object at the latest.
class worker {
public:
  /// Forks: this process has no threads.
  explicit worker(const options& given);

  /// Lets it do something; `wait` gives the outcome. Asking for more before is an error.
  void ask(const worker_order& order);

  /// Throws `std::runtime_error` when it had a problem or is gone.
  auto wait() -> worker_answer;

private:
  other_process other_;
};

} // namespace stress
