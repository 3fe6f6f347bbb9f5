#pragma once

#include <eventcore/execution.hpp>
#include <eventcore/testing/ids.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

// Drives one execution by hand: what it asks for, and what it is told.
namespace support {

namespace ec = eventcore;

inline auto commit_number(std::uint8_t number) -> ec::commit_id {
  ec::commit_id id;
  id.bytes[15] = number;
  return id;
}

inline auto head(std::uint64_t version, std::uint8_t commit) -> ec::stream_head {
  return {{version}, commit_number(commit)};
}

class driven {
public:
  explicit driven(ec::any_command command, ec::execute_options options = {},
                  ec::execution::keep kept = ec::execution::keep::encoded)
      : run_{std::move(command), std::move(options), ids_, [] { return 0.5; }, kept} {
    last_ = run_.start(now());
  }

  template <class Action>
  auto is() const -> bool {
    return std::holds_alternative<Action>(last_);
  }

  auto load() const -> const std::vector<ec::wanted_state>& {
    BOOST_REQUIRE(is<ec::execution::load>());
    return std::get<ec::execution::load>(last_).wanted;
  }

  auto append() const -> const ec::write_set& {
    BOOST_REQUIRE(is<ec::execution::append>());
    return *std::get<ec::execution::append>(last_).set;
  }

  auto values() const -> const std::vector<ec::event_value>& {
    BOOST_REQUIRE(is<ec::execution::append>());
    return std::get<ec::execution::append>(last_).values;
  }

  auto wait() const -> std::chrono::microseconds {
    BOOST_REQUIRE(is<ec::execution::wait>());
    return std::get<ec::execution::wait>(last_).delay;
  }

  auto done() const -> const ec::result<ec::executed>& {
    BOOST_REQUIRE(is<ec::execution::done>());
    return std::get<ec::execution::done>(last_).outcome;
  }

  /// Answers a load with one state, at the head that is given.
  template <class View>
  static auto state(View view, ec::stream_head at = {}) -> ec::stream_state {
    return {at, std::make_shared<const View>(std::move(view))};
  }

  template <class... States>
  void loaded(States... states) {
    last_ = run_.loaded({std::move(states)...}, now());
  }

  void loaded_all(std::vector<ec::stream_state> states) {
    last_ = run_.loaded(std::move(states), now());
  }

  void load_failed(ec::failure why) { last_ = run_.load_failed(std::move(why), now()); }

  void gave_up() { last_ = run_.gave_up(); }

  void withdrawn(ec::failure why) { last_ = run_.withdrawn(std::move(why)); }

  auto expire(std::string_view phase) const -> ec::failure { return run_.expire(phase); }

  void appended(ec::append_outcome outcome, bool cascades = false) {
    last_ = run_.appended(std::move(outcome), now(), cascades);
  }

  /// Commits what is to be appended.
  void commit() {
    const auto& set = append();
    appended(ec::committed{.commit = set.commit, .first = {1}, .count = set.events.size()});
  }

  /// Refuses what is to be appended: its first stream is found elsewhere.
  void refuse(ec::stream_head found, bool cascades = false) {
    const auto& read = append().reads.front();
    appended(ec::refused{{{read.stream, read.head, found}}}, cascades);
  }

  void wake() {
    steady_ += wait();
    last_ = run_.woke(now());
  }

  void pass(std::chrono::milliseconds time) { steady_ += time; }

private:
  auto now() const -> ec::moment {
    return {ec::timestamp{std::chrono::seconds{1'000'000}}, steady_};
  }

  ec::testing::sequential_ids ids_;
  std::chrono::steady_clock::time_point steady_{};
  ec::execution run_;
  ec::execution::action last_;
};

} // namespace support
