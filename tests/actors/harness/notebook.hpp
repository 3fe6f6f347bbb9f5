#pragma once

#include "ledger.hpp"

#include <eventcore/context.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace harness {

/// What the last run of each call's handler saw, also when nothing else would tell: an empty decision
/// or an exception. The call is named by the `actor` of its metadata. Thread-safe.
class notebook {
public:
  struct page {
    std::uint64_t runs = 0; ///< how often its code ran
    std::vector<sight> saw;
  };

  /// The one that handlers write to.
  static auto open() -> notebook&;

  void note(const ec::context& about, const std::vector<sight>& saw);
  auto of(std::uint64_t call) const -> page;
  void clear();

private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, page> pages_;
};

/// The name of a call in metadata, and back; 0 for a text that is none.
auto call_name(std::uint64_t call) -> std::string;
auto call_number(std::string_view name) -> std::uint64_t;

} // namespace harness
