#pragma once

#include "hosted_projection.hpp"
#include "messages.hpp"
#include "node_context.hpp"

#include "eventcore/execute.hpp"
#include "eventcore/projection_host.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Runs one projection. On a thread of its own it waits inside the store while there is nothing to
/// do, so that an event comes as soon as it is committed, by whomever; without one it is woken by the
/// log writer.
class projection_runner {
public:
  static constexpr const char* name = "eventcore.projection";

  explicit projection_runner(projection_actor::pointer ptr) : self{ptr} {}

  void begin(std::shared_ptr<hosted_projection> hosted, shared_context node);

  void take(const step& due);
  void take(const look&);

private:
  auto options() const -> projection_options;
  void go_on();
  void rest(const projection_host::rest& how);
  void wait_for_head();
  void step_soon();
  void step_after(std::chrono::microseconds time);

  projection_actor::pointer self;
  std::shared_ptr<hosted_projection> hosted_;
  shared_context node_;
  environment around_;
  std::optional<projection_host> host_;

  std::uint64_t step_ = 0;            ///< the number of the step that comes; others are outdated
  bool idle_ = false;                 ///< it comes after a delay
  std::optional<log_position> known_; ///< waits inside the store for a head beyond it
  steady_time rest_until_{};
};

static_assert(!std::is_aggregate_v<projection_runner>);

auto run_projection(projection_actor::stateful_pointer<projection_runner> self,
                    std::shared_ptr<hosted_projection> hosted, shared_context node)
  -> projection_actor::behavior_type;

} // namespace eventcore::actors
