#pragma once

#include "batches.hpp"
#include "clients.hpp"
#include "options.hpp"

#include <eventcore/event_store.hpp>

#include <memory>
#include <vector>

namespace eventcore {
class runtime;
}

namespace stress {

/// A CAF system with EventCore's runtime on a store, as the options ask for it.
class host {
public:
  /// Starts it. Throws `failure_error`.
  host(const options& given, std::shared_ptr<ec::event_store> store,
       std::shared_ptr<batches> watching);
  host(const host&) = delete;
  auto operator=(const host&) -> host& = delete;
  ~host();

  auto runtime() -> ec::runtime&;

  /// Executes a command with the runtime's defaults.
  auto sender() -> send_command;

  /// Makes the runtime load these account streams. Throws `failure_error`.
  void load(const std::vector<ec::stream_id>& accounts);

  /// Answers everything and lets go of the store.
  void stop();

private:
  class parts;

  std::unique_ptr<parts> parts_;
};

} // namespace stress
