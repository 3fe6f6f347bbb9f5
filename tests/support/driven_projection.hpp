#pragma once

#include <eventcore/projection_run.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

// Drives the run of one projection by hand: what it asks for, and what it is told.
namespace support {

namespace ec = eventcore;

/// The commit at a position of the log that these tests speak of.
inline auto commit_at(std::uint64_t position) -> ec::commit_id {
  ec::commit_id id;
  if (position > 0)
    id.bytes[0] = 0xC0;
  id.bytes[14] = static_cast<std::uint8_t>(position >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(position);
  return id;
}

inline auto at(std::uint64_t position) -> ec::checkpoint {
  return {{position}, commit_at(position)};
}

inline auto head_at(std::uint64_t position) -> ec::log_head {
  return {{position}, commit_at(position), ec::timestamp{std::chrono::seconds{position}}};
}

/// A batch of the events at these positions, of a log that ends at `head`.
inline auto batch_of(const std::vector<std::uint64_t>& positions, std::uint64_t through,
                     std::uint64_t head) -> ec::log_batch {
  ec::log_batch batch;
  for (const auto position : positions)
    batch.events.push_back({.position = {position},
                            .version = {position},
                            .stream = "account-alice",
                            .commit = commit_at(position),
                            .type = "money_deposited",
                            .recorded_at = ec::timestamp{std::chrono::seconds{position}},
                            .payload = R"({"cents":1})"});
  batch.through = head_at(through);
  batch.head = head_at(head);
  return batch;
}

inline auto failed(ec::errc code, std::string text = "so") -> std::unexpected<ec::failure> {
  return ec::fail(code, std::move(text));
}

class driven_projection {
public:
  using run = ec::projection_run;

  explicit driven_projection(const ec::projection_type& type, ec::projection_options options = {},
                             run::saving how = run::saving::apart)
      : run_{type, std::move(options), [] { return 0.5; }, how} {
    last_ = run_.start(now());
  }

  template <class Action>
  auto is() const -> bool {
    return std::holds_alternative<Action>(last_);
  }

  /// What it asks for, which must be an `Action`.
  template <class Action>
  auto wants() const -> const Action& {
    BOOST_REQUIRE_MESSAGE(is<Action>(), "it asks for action " << last_.index());
    return std::get<Action>(last_);
  }

  /// The positions of the events that are to be applied.
  auto to_apply() const -> std::vector<std::uint64_t> {
    std::vector<std::uint64_t> positions;
    for (const auto& event : wants<run::apply>().events)
      positions.push_back(event.position.value);
    return positions;
  }

  auto failure() const -> const ec::failure& {
    BOOST_REQUIRE(!wants<run::done>().outcome);
    return wants<run::done>().outcome.error();
  }

  auto has_ended_well() const -> bool { return wants<run::done>().outcome.has_value(); }

  // -- answers --

  void loaded(ec::result<std::optional<ec::checkpoint>> kept) {
    wants<run::load>();
    last_ = run_.loaded(std::move(kept), now());
  }
  void found(ec::result<ec::log_head> where) {
    wants<run::find>();
    last_ = run_.found(std::move(where), now());
  }
  void batch(ec::result<ec::log_batch> read) {
    wants<run::read>();
    last_ = run_.batch(std::move(read), now());
  }
  /// All that was to be applied is.
  void applied() { last_ = run_.applied({.count = wants<run::apply>().events.size()}, now()); }
  void applied(std::size_t count, ec::errc code, std::string text = "so") {
    wants<run::apply>();
    last_ = run_.applied({.count = count, .stopped_by = ec::failure{code, std::move(text)}}, now());
  }
  template <class Action>
  void performed(ec::result<> outcome = {}) {
    wants<Action>();
    last_ = run_.performed(std::move(outcome), now());
  }
  void head_moved(ec::result<ec::log_head> head) {
    wants<run::await>();
    last_ = run_.head_moved(std::move(head), now());
  }
  /// A request came during a wait.
  void requested() { last_ = run_.requested(now()); }
  /// The wait passes.
  void pass_wait() {
    steady_ += wants<run::wait>().delay;
    last_ = run_.woke(now());
  }
  void pass(std::chrono::milliseconds time) { steady_ += time; }

  auto requests() -> run& { return run_; }
  auto status() const -> ec::projection_status { return run_.status(now()); }

private:
  auto now() const -> ec::moment {
    return {ec::timestamp{std::chrono::seconds{1'000'000}}, steady_};
  }

  std::chrono::steady_clock::time_point steady_{std::chrono::hours{1}};
  run run_;
  run::action last_;
};

} // namespace support
