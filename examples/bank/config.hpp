#pragma once

#include <eventcore/actors/config.hpp>

#include <chrono>

#include <caf/timespan.hpp>

namespace bank {

namespace ec = eventcore;

// begin: config
/// The settings of the program. `caf-application.conf` and the command line override what is set
/// here.
class config : public ec::system_config {
public:
  config() {
    using namespace std::chrono_literals;
    set("eventcore.store", "sqlite:bank.db");
    set("eventcore.log.level", "warn");         // standard error is for people
    set("eventcore.streams.max-active", 2'000); // few orders come back to an account
    // Many short waits: others may import orders for the same accounts at the same time.
    set("eventcore.retry.retries", 100);
    set("eventcore.retry.initial", caf::timespan{1ms});
    set("eventcore.retry.cap", caf::timespan{50ms});
  }
};
// end: config

} // namespace bank
