#pragma once

namespace tool {

/// How the program ends. The manual and `--help` say the same.
enum class exit_code : int {
  done = 0,
  failed = 1,  ///< the store, a file or the operation
  usage = 2,   ///< the arguments are wrong, or do not fit what is there
  damaged = 3, ///< damage was found, or what was compared differs
  refused = 4, ///< `--yes` is missing, it was interrupted, or its reader went away
};

} // namespace tool
