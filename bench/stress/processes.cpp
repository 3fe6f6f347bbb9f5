#include "limit_series.hpp"
#include "opening.hpp"
#include "run.hpp"
#include "worker.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace stress {

namespace {

/// Rounds of one process alone and of all together, in turn, on streams that no two share.
class together {
public:
  explicit together(const options& given) : round_{given.duration / parts(given)} {
    for (std::size_t i = 0; i < given.processes; ++i) {
      auto own = given;
      own.keep = true;                                       // the others write at the same time
      own.concurrency = given.concurrency * given.processes; // when it is alone
      own.first_client = i * own.concurrency;
      own.seed += i;
      all_.emplace_back(own);
    }
  }

  /// Opens the store in each, and lets it have something to do before the clock runs.
  void begin() {
    for (auto& one : all_)
      one.ask({.clients = 1, .nanoseconds = 1'000'000});
    seen_.assign(all_.size(), {});
    for (std::size_t i = 0; i < all_.size(); ++i)
      seen_[i] = sum(all_[i].wait());
  }

  /// Commands per second of the first `processes`, each with `clients` clients.
  auto round(std::size_t processes, std::size_t clients, bool timed) -> double {
    for (std::size_t i = 0; i < processes; ++i)
      all_[i].ask({.clients = clients,
                   .nanoseconds = static_cast<std::uint64_t>(round_.count()),
                   .timed = timed});
    double rate = 0;
    double longest = 0;
    for (std::size_t i = 0; i < processes; ++i) {
      const auto answer = all_[i].wait();
      const auto now = sum(answer);
      rate += static_cast<double>(now.succeeded - seen_[i].succeeded) / answer.seconds;
      seen_[i] = now;
      longest = std::max(longest, answer.seconds);
    }
    seconds_ += longest;
    return rate;
  }

  /// How long all rounds took.
  auto seconds() const -> double { return seconds_; }

  auto end() -> std::vector<worker_answer> {
    std::vector<worker_answer> answers;
    for (auto& one : all_) {
      one.ask({});
      answers.push_back(one.wait());
    }
    return answers;
  }

private:
  /// Of the run: each round has three.
  static auto parts(const options& given) -> std::int64_t {
    return static_cast<std::int64_t>(3 * given.rounds);
  }

  static auto sum(const worker_answer& of) -> tally { return told{.clients = of.clients}.all(); }

  std::chrono::nanoseconds round_;
  std::deque<worker> all_;
  std::vector<tally> seen_;
  double seconds_ = 0;
};

void add_worst(report& into, const worker_answer& of) {
  into.p50_us = std::max(into.p50_us, of.p50_us);
  into.p95_us = std::max(into.p95_us, of.p95_us);
  into.p99_us = std::max(into.p99_us, of.p99_us);
  into.max_us = std::max(into.max_us, of.max_us);
}

/// What all clients of all processes were told, in the order of their streams.
auto add_answers(report& into, const std::vector<worker_answer>& answers, ec::log_position base)
  -> told {
  told all{.base = base};
  std::uint64_t rows = 0;
  for (const auto& one : answers) {
    all.clients.insert(all.clients.end(), one.clients.begin(), one.clients.end());
    all.unanswered += one.unanswered;
    into.transactions += one.transactions;
    rows += one.rows;
    into.rss_bytes += one.rss_bytes;
    for (const auto& [code, count] : one.failures)
      into.failures_by_code[code] += count;
    if (!into.first_failure && !one.first_failure.empty())
      into.first_failure = one.first_failure;
    add_worst(into, one);
  }
  const auto sum = all.all();
  into.commands = sum.succeeded;
  into.rejected = sum.rejected;
  into.failures = sum.overloaded + sum.unknown + sum.failed;
  into.retries = sum.retries;
  if (into.transactions > 0)
    into.rows_per_transaction =
      rounded(static_cast<double>(rows) / static_cast<double>(into.transactions));
  return all;
}

} // namespace

auto run_processes(const options& given) -> report {
  together all{given};
  auto made = begin_report(given);
  made.processes = given.processes;
  auto store = open_for_run(given);
  const auto base = head_of(*store);
  store.reset();

  all.begin();
  std::vector<double> alone;
  std::vector<double> with_all;
  std::vector<double> ratios;
  std::vector<double> ratios_with_all;
  for (std::size_t i = 0; i < given.rounds; ++i) {
    alone.push_back(all.round(1, given.concurrency, false));
    made.rounds.push_back(rounded(all.round(given.processes, given.concurrency, true)));
    with_all.push_back(all.round(1, given.concurrency * given.processes, false));
    ratios.push_back(made.rounds.back() / std::max(alone.back(), 1e-9));
    ratios_with_all.push_back(made.rounds.back() / std::max(with_all.back(), 1e-9));
  }
  const auto clients = add_answers(made, all.end(), base);
  made.seconds = rounded(all.seconds());
  made.commands_per_s = rounded(median(made.rounds));
  made.events_per_s = made.commands_per_s; // each deposits once
  made.alone_commands_per_s = rounded(median(alone));
  made.ratio_to_alone = rounded(median(ratios));
  made.alone_with_all_commands_per_s = rounded(median(with_all));
  made.ratio_to_alone_with_all = rounded(median(ratios_with_all));
  store = open_afresh(given, nullptr);
  made.checks = check_run(*store, given, clients);
  return made;
}

} // namespace stress
