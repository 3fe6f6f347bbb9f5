#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/stream.hpp"

#include <stdexcept>

#include <fmt/core.h>

namespace eventcore {

/// All states of a command, found by stream: `s[from].balance`. The form of `handle` to choose when
/// two states have the same type and could be swapped unseen.
template <class Command>
class states {
public:
  explicit states(const boundary& read) : read_{&read} {}

  /// The state of a stream of the command; null when it was not read.
  template <class Kind, class View>
  auto find(const stream<Kind, View>& wanted) const -> const View* {
    const auto* entry = read_->find(wanted.id(), view_type_of<Kind, View>);
    return entry && entry->loaded ? static_cast<const View*>(entry->state.value.get()) : nullptr;
  }

  /// The state of a stream of the command. Throws `std::out_of_range` when it was not read, which
  /// fails the command with `handler_failed`.
  template <class Kind, class View>
  auto operator[](const stream<Kind, View>& wanted) const -> const View& {
    if (const auto* found = find(wanted))
      return *found;
    throw std::out_of_range{fmt::format("stream {} is not one of the command's streams", wanted)};
  }

private:
  const boundary* read_;
};

} // namespace eventcore
