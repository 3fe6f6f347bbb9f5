#include "stores/memory_backend.hpp"

#include "eventcore/recent_log.hpp"
#include "eventcore/testing/contract_boost.hpp"

/// A store in memory behind its own recent events, few at a time: it must do what every store does.
struct recent_memory_backend final : memory_backend {
  auto open(const eventcore::store_settings& settings)
    -> eventcore::result<std::shared_ptr<eventcore::event_store>> override {
    auto opened = memory_backend::open(settings);
    if (!opened)
      return opened;
    return std::make_shared<eventcore::recent_log>(
      std::move(*opened), eventcore::recent_log_settings{.events = 100, .page = {.events = 20}});
  }
};

EVENTCORE_STORE_CONTRACT(recent_memory_backend)
