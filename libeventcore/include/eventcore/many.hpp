#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/stream.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include <fmt/core.h>

namespace eventcore {

/// The states of any number of streams of one kind, in the order of their ids, as `handle` and
/// `discover` take them.
template <class Kind, class View = Kind>
class many {
public:
  struct item {
    eventcore::stream<Kind, View> stream;
    const View& state;
  };

  void add(eventcore::stream<Kind, View> stream, const View& state) {
    items_.push_back({std::move(stream), state});
  }

  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  auto size() const -> std::size_t { return items_.size(); }
  auto empty() const -> bool { return items_.empty(); }

  /// The state of `wanted`; null when it is not among them (in `discover`: not read yet).
  auto find(const eventcore::stream<Kind, View>& wanted) const -> const View* {
    const auto found = std::ranges::lower_bound(items_, wanted, {}, &item::stream);
    return found == items_.end() || found->stream != wanted ? nullptr : &found->state;
  }

  /// The state of `wanted`. Throws `std::out_of_range` when it is not among them, which fails the
  /// command with `handler_failed`.
  auto operator[](const eventcore::stream<Kind, View>& wanted) const -> const View& {
    if (const auto* found = find(wanted))
      return *found;
    throw std::out_of_range{
      fmt::format("stream {} is not among the streams that were read", wanted)};
  }

private:
  std::vector<item> items_;
};

} // namespace eventcore
