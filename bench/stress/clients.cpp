#include "clients.hpp"

#include "client.hpp"

#include <algorithm>
#include <span>
#include <thread>
#include <utility>

namespace stress {

using steady = std::chrono::steady_clock;

clients::clients(workload& work, std::size_t count, std::uint64_t seed) : work_{work} {
  for (std::size_t i = 0; i < count; ++i)
    all_.push_back(std::make_unique<client>(*this, i, seed));
}

clients::~clients() = default;

auto clients::run(const send_command& send, const round_end& end, const part& who,
                  const sampling& watch, std::chrono::milliseconds patience)
  -> std::chrono::nanoseconds {
  send_ = send;
  end_ = end;
  timed_ = who.timed;
  tickets_ = 0;
  active_ = who.count;
  const auto begin = steady::now();
  stop_ = begin + end.time;
  last_answer_ = begin;
  for (const auto& one : std::span{all_}.subspan(who.first, who.count))
    one->go_on();

  auto next_look = begin + watch.every;
  auto alive_at = begin;
  auto alive_count = answered();
  while (const auto left = wait(next_look)) {
    wake_parked();
    const auto now = steady::now();
    if (now >= next_look) {
      watch.look(now - begin);
      next_look += watch.every;
    }
    if (const auto count = answered(); count != alive_count) {
      alive_count = count;
      alive_at = now;
    } else if (now - alive_at > patience) {
      closed_ = true;
      unanswered_ = left;
      return now - begin;
    }
  }
  return last_answer_ - begin;
}

auto clients::wait(steady::time_point latest) -> std::size_t {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, std::min(latest, steady::now() + std::chrono::milliseconds{100}),
                      [&] { return active_ == 0 || !parked_.empty(); });
  const auto left = active_;
  const bool refused = !parked_.empty();
  lock.unlock();
  if (refused)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return left;
}

auto clients::take_ticket() -> std::optional<std::uint64_t> {
  if (closed_.load(std::memory_order_relaxed))
    return std::nullopt;
  const auto ticket = tickets_.fetch_add(1, std::memory_order_relaxed);
  const bool more = end_.commands ? ticket < *end_.commands : steady::now() < stop_;
  return more ? std::optional{ticket} : std::nullopt;
}

void clients::record(tally& of, const ec::result<ec::executed>& outcome) {
  if (outcome) {
    ++of.succeeded;
    of.retries += outcome->attempts - 1;
    of.events += outcome->count;
    if (outcome->count > 0)
      of.commits += fingerprint(outcome->commit, outcome->first, outcome->count);
    return;
  }
  const auto& why = outcome.error();
  of.retries += std::max(why.attempts, 1U) - 1;
  switch (why.code) {
  case ec::errc::rule_violated:
    ++of.rejected;
    return;
  case ec::errc::overloaded:
    ++of.overloaded;
    break;
  case ec::errc::outcome_unknown:
    ++of.unknown;
    break;
  default:
    ++of.failed;
  }
  note_failure(why);
}

void clients::note_failure(const ec::failure& why) {
  const std::lock_guard lock{mutex_};
  ++by_code_[std::string{ec::to_string(why.code)}];
  if (first_failure_.empty())
    first_failure_ = why.text();
}

void clients::finish() {
  const std::lock_guard lock{mutex_};
  last_answer_ = steady::now();
  if (--active_ == 0)
    changed_.notify_all();
}

void clients::park(client& one) {
  const std::lock_guard lock{mutex_};
  parked_.push_back(&one);
  if (parked_.size() == 1)
    changed_.notify_all();
}

void clients::wake_parked() {
  std::vector<client*> woken;
  {
    const std::lock_guard lock{mutex_};
    woken.swap(parked_);
  }
  for (auto* const one : woken)
    one->go_on();
}

auto clients::told_so_far(ec::log_position base) const -> told {
  told sum{.base = base};
  for (const auto& one : all_)
    sum.clients.push_back(one->told());
  const std::lock_guard lock{mutex_};
  sum.unanswered = unanswered_;
  return sum;
}

auto clients::failures() const -> std::map<std::string, std::uint64_t> {
  const std::lock_guard lock{mutex_};
  return by_code_;
}

auto clients::first_failure() const -> std::string {
  const std::lock_guard lock{mutex_};
  return first_failure_;
}

} // namespace stress
