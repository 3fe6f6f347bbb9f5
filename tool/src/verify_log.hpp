#pragma once

#include <eventcore/event_store.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace tool {

namespace ec = eventcore;

/// Problems, of which only the first hundred are kept.
class problem_list {
public:
  void add(std::string text) {
    constexpr std::size_t most = 100;
    if (++count_ <= most)
      texts_.push_back(std::move(text));
  }

  auto texts() const -> const std::vector<std::string>& { return texts_; }
  auto count() const -> std::uint64_t { return count_; }

private:
  std::vector<std::string> texts_;
  std::uint64_t count_ = 0;
};

/// What a walk through the log found.
struct log_check {
  std::uint64_t events = 0;
  std::uint64_t archived = 0; ///< of them
  problem_list problems{};
};

/// Reads the log from its start to what is its head now, and checks each event for itself:
/// positions without a gap, times that do not go back, payloads that are JSON where they should be,
/// metadata that can be read, archives that the store knows. Ends at what is too damaged to be read.
/// `progress` hears how many events are done. Ends early, with what it has by then, when it is asked
/// to stop.
auto verify_log(ec::event_store& store, const std::stop_token& stop,
                const std::function<void(std::uint64_t)>& progress) -> ec::result<log_check>;

} // namespace tool
