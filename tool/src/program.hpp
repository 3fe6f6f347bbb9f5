#pragma once

#include "command.hpp"

#include <memory>

namespace tool {

/// The program's definition: what can be said on its command line.
struct program {
  program();
  program(const program&) = delete;
  auto operator=(const program&) -> program& = delete;

  CLI::App app;
  common_arguments given;
  commands all{app};
};

} // namespace tool
