#pragma once

#include "eventcore/upcaster.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

/// All that a program needs to write upcasters.
///
/// Their JSON holds what the stored text holds: members in their order, integers of 64 bits and
/// doubles exactly. As with `std::vector`, a reference to a member may end when another is added.
/// The library brings Boost.JSON's compiled part.
namespace eventcore {

/// An event that a split gives.
struct lifted {
  std::string type{};
  std::uint32_t version = 1; ///< that `payload` is in
  boost::json::object payload{};
};

/// Gives a member another name; it becomes the last. Throws `std::out_of_range` when it is not
/// there, and replaces one of the new name.
void rename_member(boost::json::object& payload, std::string_view from, std::string_view to);

} // namespace eventcore
