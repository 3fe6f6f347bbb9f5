#include "audits.hpp"
#include "verdict.hpp"

namespace stress {

namespace {

class gapless final : public audit {
public:
  void take(const ec::recorded_event& event) override {
    verdict_.require(event.position.value == last_ + 1, "position {} follows on {}",
                     event.position.value, last_);
    last_ = event.position.value;
  }
  auto finish(const ec::log_head& head) -> check override {
    verdict_.require(head.position.value == last_, "the log ends at {}, its head says {}", last_,
                     head.position.value);
    return verdict_.take();
  }

private:
  verdict verdict_{"positions_gapless"};
  std::uint64_t last_ = 0;
};

// A commit whose outcome nobody knows cannot be asked for by its id, nor those of others; then only the number of events
// is compared.
class acknowledged final : public audit {
public:
  explicit acknowledged(const told& clients) : clients_{clients}, all_{clients.all()} {}

  void take(const ec::recorded_event& event) override {
    if (event.position <= clients_.base)
      return;
    ++events_;
    if (event.commit == commit_) {
      ++count_;
      return;
    }
    close();
    commit_ = event.commit;
    first_ = event.position;
    count_ = 1;
  }
  auto finish(const ec::log_head&) -> check override {
    close();
    verdict_.require(events_ >= all_.events, "{} events were acknowledged, the log holds {}",
                     all_.events, events_);
    if (clients_.alone && all_.unknown == 0) {
      verdict_.require(events_ == all_.events, "{} events were acknowledged, the log holds {}",
                       all_.events, events_);
      verdict_.require(sum_ == all_.commits,
                       "the {} events in the log are not those that were acknowledged", events_);
    }
    return verdict_.take();
  }

private:
  void close() {
    if (count_ > 0)
      sum_ += fingerprint(commit_, first_, count_);
    count_ = 0;
  }

  verdict verdict_{"acknowledged_exactly_once"};
  const told& clients_;
  tally all_;
  ec::commit_id commit_{};
  ec::log_position first_{};
  std::uint64_t count_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t sum_ = 0;
};

} // namespace

auto audit_positions() -> std::unique_ptr<audit> { return std::make_unique<gapless>(); }

auto audit_acknowledged(const told& clients) -> std::unique_ptr<audit> {
  return std::make_unique<acknowledged>(clients);
}

} // namespace stress
