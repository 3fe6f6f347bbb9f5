#pragma once

#include "eventcore/view_type.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace eventcore {

/// A stream that is to be read, and the view to fold it into.
struct wanted_state {
  stream_id stream;
  const view_type* view = nullptr;

  friend auto operator==(const wanted_state&, const wanted_state&) -> bool = default;
};

/// The streams of one command, in the order of their ids, each once per view, with their states as
/// far as they are loaded. Filled by `add`, ordered by `settle`; looked up only when settled.
class boundary {
public:
  struct entry {
    wanted_state wanted;
    bool needed = true;       ///< false: only known from an earlier attempt, not found again so far
    bool listed = false;      ///< nested or discovered: handed to the command in a `many`
    bool loaded = false;      ///< `state` is set
    std::uint32_t stream = 0; ///< index among the distinct streams
    stream_state state{};
  };

  /// Adds a stream; fails with `invalid_argument` when it is unnamed.
  auto add(const stream_id& stream, const view_type& view, bool listed) -> result<>;

  /// Adds what an earlier attempt read, so that it is loaded at once. Such an entry is found, and
  /// its stream checked, only when `add` names it too.
  void add_known(std::span<const entry> earlier);

  /// Orders the entries and merges doubles. True when more is needed, or listed, than the last
  /// time.
  auto settle() -> bool;

  /// Removes what `add` did not name.
  void drop_unneeded();

  /// The entry of a stream under a view; null when there is none.
  auto find(const stream_id& stream, const view_type& view) const -> const entry*;

  /// The entry of a stream under any view; null when there is none.
  auto find(const stream_id& stream) const -> const entry*;

  auto entries() const -> std::span<const entry> { return entries_; }

  /// What is not loaded yet, in order.
  auto missing() const -> std::vector<wanted_state>;

  /// Sets the states of what `missing` named, in that order.
  void fill(std::vector<stream_state> states);

  /// Lets go of all states, so that whoever else holds them need not copy them to go on; the heads
  /// stay.
  void drop_states();

  /// The expectation of each distinct stream that is loaded.
  auto expectations() const -> std::vector<expectation>;

private:
  void number_streams();

  std::vector<entry> entries_;
  std::size_t settled_ = 0; // how much was needed and listed at the last `settle`
};

} // namespace eventcore
