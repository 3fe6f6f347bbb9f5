#pragma once

#include <eventcore/event_store.hpp>
#include <eventcore/execution.hpp>

#include <span>
#include <vector>

namespace bank {

namespace ec = eventcore;

/// A command and how it is executed.
struct task {
  ec::any_command command;
  ec::execute_options options;
};

/// Executes commands side by side on this thread; gives one outcome for each, in their order. What
/// they write at the same time is committed together, so that many share the wait for the disk.
///
/// Each command is atomic by itself, as in `ec::execute`. Tasks that have a stream in common meet
/// conflicts and are tried again, in any order.
auto execute_all(ec::event_store& store, std::span<const task> tasks)
  -> std::vector<ec::result<ec::executed>>;

} // namespace bank
