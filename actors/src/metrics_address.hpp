#pragma once

#include "eventcore/failure.hpp"

#include <string>

namespace eventcore {

/// The address that `eventcore.metrics.address` names, as digits: `127.0.0.1:9464`. Port 0 stays 0.
/// Fails with `invalid_argument`, naming the setting, when it is malformed, its host is not known, or
/// nothing can listen there at this moment (the port is in use, the address is another machine's).
auto check_metrics_address(const std::string& address) -> result<std::string>;

} // namespace eventcore
