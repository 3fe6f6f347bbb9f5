#pragma once

#include "domain.hpp"

#include <eventcore/projection.hpp>

/// Has the compiler look at a projection as every host of projections does.
template <class Projection>
auto check_projection(Projection& projection) -> ec::any_projection {
  return ec::any_projection{projection};
}
