#include "eventcore/stores/memory.hpp"

#include "memory_store.hpp"

#include <fmt/format.h>

namespace eventcore::memory {

auto open(const store_settings& settings) -> std::shared_ptr<event_store> {
  return std::make_shared<memory_store>(settings);
}

auto add_to(backends& to) -> backends& {
  return to.add("memory",
                [](std::string_view url,
                   const store_settings& settings) -> result<std::shared_ptr<event_store>> {
                  if (url != "memory:")
                    return fail(errc::invalid_argument,
                                fmt::format("'{}' does not name a store in memory: it has no name, "
                                            "write just 'memory:'",
                                            url));
                  return guarded(
                    [&]() -> result<std::shared_ptr<event_store>> { return open(settings); });
                });
}

} // namespace eventcore::memory
