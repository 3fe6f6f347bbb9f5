#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace support {

/// Looks until `holds` gives true. Throws with `what` when it does not within `patience`, which is
/// only to keep a broken test from hanging.
template <class Condition>
void wait_until(const std::string& what, Condition holds,
                std::chrono::seconds patience = std::chrono::seconds{30}) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error{"waited in vain: " + what};
    std::this_thread::yield();
  }
}

} // namespace support
