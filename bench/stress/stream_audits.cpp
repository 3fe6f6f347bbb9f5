#include "audits.hpp"
#include "domain.hpp"
#include "verdict.hpp"
#include "workload.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stress {

namespace {

class new_streams final : public audit {
public:
  explicit new_streams(const told& clients) : clients_{clients}, found_(clients.clients.size()) {}

  void take(const ec::recorded_event& event) override {
    if (event.position <= clients_.base)
      return;
    verdict_.require(event.version.value == 1, "{} has a version {}", event.stream,
                     event.version.value);
    const auto client = client_of(event.stream);
    verdict_.require(client < found_.size(), "nobody wrote to {}", event.stream);
    if (client < found_.size())
      ++found_[client];
  }

  auto finish(const ec::log_head&) -> check override {
    for (std::size_t i = 0; i < found_.size(); ++i)
      verdict_.require_count(found_[i], clients_.clients[i], true, fmt::format("client {}", i));
    return verdict_.take();
  }

private:
  auto client_of(std::string_view stream) const -> std::size_t {
    const auto prefix = fmt::format("account-new-{}-", clients_.base.value);
    std::size_t client = found_.size();
    if (stream.starts_with(prefix))
      std::from_chars(stream.data() + prefix.size(), stream.data() + stream.size(), client);
    return client;
  }

  verdict verdict_{"nothing_lost"};
  const told& clients_;
  std::vector<std::uint64_t> found_;
};

class stocks final : public audit {
public:
  explicit stocks(const told& clients) : base_{clients.base}, all_{clients.all()} {}

  void take(const ec::recorded_event& event) override {
    if (event.type == ec::event_name<pieces_received>()) {
      pieces_[std::string{event.stream}] +=
        ec::unwrap(ec::from_json<pieces_received>(event.payload)).pieces;
    } else if (event.type == ec::event_name<pieces_taken>()) {
      auto& left = pieces_[std::string{event.stream}];
      left -= ec::unwrap(ec::from_json<pieces_taken>(event.payload)).pieces;
      verdict_.require(left >= 0, "{} at position {}: {} pieces", event.stream,
                       event.position.value, left);
    }
    // A command writes exactly one of these.
    if (event.position > base_
        && (event.type == ec::event_name<pieces_received>()
            || event.type == ec::event_name<order_placed>()))
      ++commands_;
  }

  auto finish(const ec::log_head&) -> check override {
    verdict_.require_count(commands_, all_, true, "orders and deliveries");
    return verdict_.take();
  }

private:
  verdict verdict_{"stock_never_negative"};
  ec::log_position base_;
  tally all_;
  std::unordered_map<std::string, std::int64_t> pieces_;
  std::uint64_t commands_ = 0;
};

class touched final : public audit {
public:
  touched(const options& given, ec::log_position base)
      : base_{base}, passes_{given.passes}, counts_(given.streams) {}

  void take(const ec::recorded_event& event) override {
    if (event.position <= base_)
      return;
    constexpr std::string_view prefix = "account-";
    std::size_t number = counts_.size();
    std::from_chars(event.stream.data() + prefix.size(), event.stream.data() + event.stream.size(),
                    number);
    verdict_.require(number < counts_.size(), "nobody wrote to {}", event.stream);
    if (number < counts_.size())
      ++counts_[number];
  }

  auto finish(const ec::log_head&) -> check override {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      verdict_.require(counts_[i] == passes_, "{} was touched {} times in {} passes",
                       numbered_account(i), counts_[i], passes_);
    return verdict_.take();
  }

private:
  verdict verdict_{"each_stream_touched_in_each_pass"};
  ec::log_position base_;
  std::uint64_t passes_;
  std::vector<std::uint32_t> counts_;
};

} // namespace

auto audit_new_streams(const told& clients) -> std::unique_ptr<audit> {
  return std::make_unique<new_streams>(clients);
}

auto audit_stocks(const told& clients) -> std::unique_ptr<audit> {
  return std::make_unique<stocks>(clients);
}

auto audit_touched(const options& given, ec::log_position base) -> std::unique_ptr<audit> {
  return std::make_unique<touched>(given, base);
}

} // namespace stress
