#pragma once

#include "calls.hpp"
#include "history.hpp"

#include <string>
#include <vector>

namespace harness {

/// Holds what was told against the log as it is in the end: CONSISTENCY's invariants 1, 2, 5, 6, 7
/// and 9, by their numbers there. One text for each thing that is wrong.
auto judge(const calls& asked, const history& log) -> std::vector<std::string>;

/// Replays all commits in order, from empty: the same events must come out (invariant 6).
auto judge_replay(const calls& asked, const history& log) -> std::vector<std::string>;

/// Nobody is refused for nothing (invariant 10), and no answer is late (9). For simulated time.
auto judge_progress(const calls& asked, const history& log) -> std::vector<std::string>;

/// When all is well again every stream can be written to.
auto judge_probes(const calls& asked) -> std::vector<std::string>;

/// In a run without any trouble every command is decided once.
auto judge_calm(const calls& asked) -> std::vector<std::string>;

} // namespace harness
