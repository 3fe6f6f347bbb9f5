#pragma once

#include "eventcore/detail/describe_shape.hpp"
#include "eventcore/shape_place.hpp"

#include <string>
#include <vector>

namespace eventcore {

/// The places in the JSON of a `T`, the whole first.
template <class T>
auto places_of() -> std::vector<shape_place> {
  assert_json_codable<T>();
  detail::shape_builder out;
  detail::describe_shape<T>(out);
  return out.take();
}

/// What a stored `T` looks like, as one line of text: equal for equal shapes.
template <class T>
auto shape_text() -> std::string {
  return detail::shape_line(places_of<T>());
}

} // namespace eventcore
