#pragma once

#include "eventcore/context.hpp"
#include "eventcore/emit.hpp"
#include "eventcore/many.hpp"
#include "eventcore/related.hpp"
#include "eventcore/require.hpp"
#include "eventcore/states.hpp"
#include "eventcore/stream.hpp"

#include <string_view>

#include <boost/describe/class.hpp>

/// All that a program needs to write commands: streams, views, emit, states, rules, discovery.
namespace eventcore {

/// The stable name of a command: `static constexpr std::string_view name` of the type, else its
/// plain name.
template <class Command>
consteval auto command_name() -> std::string_view {
  return json_name<Command>();
}

} // namespace eventcore
