#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/view_type.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace eventcore {

class snapshots;

/// Reads streams and folds them, page by page; one state for each of `wanted`, in order, all views
/// of one stream at one head. `wanted` is ordered by stream. Fails with the store's failure or with
/// what `fold` says.
///
/// A long stream is read from its snapshots on; one that does not fit is not used. `kept` says which
/// kinds have snapshots, is told of those that are not used, and is offered the states of streams
/// whose snapshot is old. When it is null, snapshots are used as `snapshot_policy` has it by default.
auto load_states(event_store& store, std::span<const wanted_state> wanted,
                 snapshots* kept = nullptr) -> result<std::vector<stream_state>>;

/// What a stream adds up to: a view of it and where it stands.
template <class View>
struct loaded {
  View state;
  stream_head head; ///< version 0: there is no such stream
};

/// How far a stream is to be read.
struct as_of {
  stream_version version = stream_version::max(); ///< no event after this version
  log_position position = log_position::max();    ///< no event after this position

  friend auto operator==(const as_of&, const as_of&) -> bool = default;
};

namespace detail {

auto load_as_of(event_store& store, const stream_id& stream, const view_type& view,
                const as_of& bound) -> result<stream_state>;

} // namespace detail

/// Reads a stream without a command: its state now, or as of an earlier version or position.
template <class Kind, class View>
[[nodiscard]] auto load(event_store& store, const stream<Kind, View>& stream,
                        const as_of& bound = {}) -> result<loaded<View>> {
  auto read = detail::load_as_of(store, stream.id(), view_type_of<Kind, View>, bound);
  if (!read)
    return std::unexpected{std::move(read.error())};
  return loaded<View>{*static_cast<const View*>(read->value.get()), read->head};
}

} // namespace eventcore
