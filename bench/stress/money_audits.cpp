#include "audits.hpp"
#include "domain.hpp"
#include "verdict.hpp"

#include <string>
#include <unordered_map>

namespace stress {

namespace {

class versions final : public audit {
public:
  versions(const char* name, const told& clients, const std::vector<written_stream>& streams)
      : verdict_{name}, clients_{clients} {
    for (const auto& [stream, expected] : streams)
      streams_[stream.text()].expected = expected;
  }

  void take(const ec::recorded_event& event) override {
    const auto found = streams_.find(std::string{event.stream});
    if (found == streams_.end()) {
      verdict_.require(event.position <= clients_.base,
                       "{} has an event at position {}; nobody wrote there", event.stream,
                       event.position.value);
      return;
    }
    auto& now = found->second;
    verdict_.require(event.version.value == now.version + 1, "{}: version {} follows on {}",
                     event.stream, event.version.value, now.version);
    now.version = event.version.value;
    if (event.position <= clients_.base)
      now.before = now.version;
  }

  auto finish(const ec::log_head&) -> check override {
    for (const auto& [stream, now] : streams_)
      verdict_.require_count(now.version - now.before, now.expected, clients_.alone, stream);
    return verdict_.take();
  }

private:
  struct progress {
    tally expected{};
    std::uint64_t version = 0;
    std::uint64_t before = 0;
  };

  verdict verdict_;
  const told& clients_;
  std::unordered_map<std::string, progress> streams_;
};

class legs final : public audit {
public:
  explicit legs(const told& clients) : clients_{clients} {}

  void take(const ec::recorded_event& event) override {
    if (event.position <= clients_.base)
      return;
    const auto cents = amount_of(event);
    sum_ += cents;
    if (withdrawn_ == 0) {
      verdict_.require(cents < 0, "position {}: a deposit without its withdrawal",
                       event.position.value);
      withdrawn_ = cents;
      from_ = event.stream;
      commit_ = event.commit;
      return;
    }
    verdict_.require(cents == -withdrawn_ && event.commit == commit_ && event.stream != from_,
                     "position {}: this does not go with the withdrawal before it",
                     event.position.value);
    withdrawn_ = 0;
    ++transfers_;
  }

  auto finish(const ec::log_head& head) -> check override {
    verdict_.require(withdrawn_ == 0, "position {}: a withdrawal without its deposit",
                     head.position.value);
    verdict_.require(sum_ == 0, "the sum is {}", sum_);
    verdict_.require_count(transfers_, clients_.all(), clients_.alone, "transfers");
    return verdict_.take();
  }

private:
  auto amount_of(const ec::recorded_event& event) -> std::int64_t {
    if (event.type == ec::event_name<money_withdrawn>())
      return -ec::unwrap(ec::from_json<money_withdrawn>(event.payload)).cents;
    verdict_.require(event.type == ec::event_name<money_deposited>(),
                     "position {}: an event '{}' nobody wrote", event.position.value, event.type);
    return ec::unwrap(ec::from_json<money_deposited>(event.payload)).cents;
  }

  verdict verdict_{"sum_is_zero_and_no_stream_torn"};
  const told& clients_;
  std::int64_t sum_ = 0;
  std::int64_t withdrawn_ = 0; // what its deposit, the next event, must bring back
  std::string from_;
  ec::commit_id commit_{};
  std::uint64_t transfers_ = 0;
};

} // namespace

auto audit_versions(const char* name, const told& clients,
                    const std::vector<written_stream>& streams) -> std::unique_ptr<audit> {
  return std::make_unique<versions>(name, clients, streams);
}

auto audit_transfers(const told& clients) -> std::unique_ptr<audit> {
  return std::make_unique<legs>(clients);
}

} // namespace stress
