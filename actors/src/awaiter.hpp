#pragma once

#include "hosted_projection.hpp"
#include "messages.hpp"
#include "node_context.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>

namespace eventcore::actors {

/// Holds the answers of commands that are committed until projections have passed their events. Those
/// that run in this program tell; of those that another one may lead, by now, the checkpoint in the
/// store is looked at again and again. What was not reached by the deadline is answered as it is.
class awaiter_state {
public:
  static constexpr const char* name = "eventcore.awaiter";

  explicit awaiter_state(awaiter_actor::pointer ptr) : self{ptr} {}
  ~awaiter_state();

  void begin(shared_context node) { node_ = std::move(node); }

  void take(hold_answer& asked);
  void take(const passed& told);
  void take(const checkpoint_loaded& loaded);
  void take(const sweep&);
  void take(const partners& now);

private:
  using answer_id = std::uint64_t;

  /// In a projection of this program, whose watches hold this actor; `id` is 0 when there is none.
  struct watch {
    std::weak_ptr<hosted_projection> on;
    std::uint64_t id = 0;

    void end();
  };
  struct held {
    hold_answer asked;
    steady_time until{};
    std::size_t open = 0; ///< projections that are still waited for
    std::vector<bool> settled;
    std::vector<watch> watches; ///< by projection
  };
  using held_answers = std::map<answer_id, held>;

  struct waiting {
    log_position position{};
    answer_id answer = 0;
    std::size_t index = 0;

    friend auto operator<=>(const waiting&, const waiting&) = default;
  };
  struct waiters {
    std::set<waiting> who;
    bool asked = false; ///< for its checkpoint in the store
  };

  void await(answer_id id, held& one, std::size_t index);
  auto may_be_led_elsewhere(std::string_view projection) const -> bool;
  void settle(answer_id id, std::size_t index, bool reached);
  void answer(held_answers::iterator one);
  void look_into_store();
  void sweep_later();

  awaiter_actor::pointer self;
  shared_context node_;
  std::vector<reader_actor> readers_;
  std::size_t next_reader_ = 0;

  held_answers held_;
  std::set<std::pair<steady_time, answer_id>> deadlines_;
  std::map<std::string, waiters, std::less<>> awaited_;
  answer_id last_ = 0;
  bool sweeping_ = false; ///< a sweep will come
};

static_assert(!std::is_aggregate_v<awaiter_state>);

auto awaiter(awaiter_actor::stateful_pointer<awaiter_state> self, shared_context node)
  -> awaiter_actor::behavior_type;

} // namespace eventcore::actors
