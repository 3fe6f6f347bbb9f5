#pragma once

#include "eventcore/testing/checks.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore::testing {

/// A log as a store would hold it, without a store: one commit a second.
class memory_log {
public:
  /// Adds the events of a write set that fits where its streams stand.
  void append(const write_set& set);

  /// All of it. Pages stay as they are.
  auto page() const -> log_page;

  /// By their ids.
  auto requests() const -> std::vector<recorded_request>;

  auto head_of(std::string_view stream) const -> stream_head;

private:
  struct texts {
    std::deque<write_set> sets;
    std::deque<std::string> metadata;
  };

  std::shared_ptr<texts> texts_ = std::make_shared<texts>();
  std::vector<recorded_event> events_;
  std::map<std::string, stream_head, std::less<>> heads_;
  std::map<std::string, recorded_request> requests_;
};

/// Whether two events are the same in all that a store keeps of them.
auto same_event(const recorded_event& a, const recorded_event& b) -> bool;

/// Throws unless both hold the same events, and names the first that differs.
void check_same_log(const log_page& wanted, const log_page& found,
                    source_location where = source_location::current());

} // namespace eventcore::testing
