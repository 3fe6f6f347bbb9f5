#pragma once

#include <string>

#include <caf/fwd.hpp>

namespace harness {

/// A message of the runtime, for people.
auto describe(const caf::type_erased_tuple& message) -> std::string;

} // namespace harness
