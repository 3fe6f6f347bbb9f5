#pragma once

#include "eventcore/type_name.hpp"

#include <string>

namespace eventcore {

/// What a stored `T` looks like, as one line of text: equal for equal shapes.
template <class T>
auto shape_text() -> std::string {
  return std::string{type_name<T>()};
}

} // namespace eventcore
