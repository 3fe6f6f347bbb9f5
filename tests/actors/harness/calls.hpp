#pragma once

#include "dice.hpp"
#include "notebook.hpp"
#include "plan.hpp"

#include <eventcore/execution.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace harness {

/// One execution of a command, and what became of it.
struct call {
  std::uint64_t number = 0; ///< from 1
  std::uint64_t tag = 0;    ///< of its command; a repeated request has the same
  ec::any_command command;
  ec::execute_options options{};
  bool by_request = false; ///< asked for by `self->request`, not from outside
  bool is_probe = false;   ///< made when all is quiet and well

  // -- when it began --
  ec::log_position known{};                   ///< the log position that anybody was told by then
  std::chrono::steady_clock::time_point at{}; ///< simulated
  std::chrono::nanoseconds lag{}; ///< time that passed by then while somebody could go on
  std::uint64_t troubles = 0;     ///< faults, deaths and lapses by then

  // -- its answer --
  std::uint32_t answers = 0;
  std::optional<ec::result<ec::executed>> outcome{};
  notebook::page saw{};
  ec::log_position head{};                             ///< of the log then
  std::chrono::steady_clock::time_point answered_at{}; ///< simulated
  std::chrono::nanoseconds answered_lag{};
  std::uint64_t answered_troubles = 0;

  auto is_answered() const -> bool { return answers > 0; }
  auto succeeded() const -> bool { return outcome && outcome->has_value(); }
  auto failed_with() const -> std::optional<ec::errc> {
    return outcome && !*outcome ? std::optional{outcome->error().code} : std::nullopt;
  }
};

/// The calls of one run, made at random, by all clients and by strangers.
class calls {
public:
  calls(const plan& planned, std::uint64_t seed) : plan_{planned}, by_{seed} {}

  /// The next call of a client.
  auto make() -> call&;

  /// One that writes to `stream` and does nothing special: for strangers, and for probes.
  auto make_plain(std::uint32_t stream) -> call&;
  auto make_survey_of_all() -> call&;

  auto all() -> std::deque<call>& { return calls_; }
  auto all() const -> const std::deque<call>& { return calls_; }

  auto of(std::uint64_t number) const -> const call*;

private:
  auto add(std::uint64_t tag, ec::any_command command) -> call&;
  auto any_command(std::uint64_t tag) -> ec::any_command;
  auto any_stream() -> std::uint32_t;
  void make_special(call& made);
  auto repeat() -> call&;

  plan plan_;
  dice by_;
  std::uint64_t tags_ = 0;
  std::uint32_t last_stream_ = 0;           ///< that was chosen
  std::deque<call> calls_;                  ///< a call stays where it is
  std::vector<std::uint64_t> with_request_; ///< numbers
};

} // namespace harness
