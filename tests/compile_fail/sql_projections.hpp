#pragma once

#include "domain.hpp"

#include <eventcore/stores/sql_projection.hpp>

#include <array>
#include <memory>
#include <string_view>

/// Has the compiler look at a projection as whoever runs it does.
template <class Projection>
auto check_projection() -> std::shared_ptr<ec::applier> {
  return ec::sql_projection<Projection>();
}
