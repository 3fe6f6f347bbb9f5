#pragma once

#include "eventcore/failure.hpp"

#include <memory>
#include <optional>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <string>
#include <vector>

namespace eventcore {

/// Serves metrics over HTTP at `/metrics` until its end.
class metrics_server {
public:
  using collectables = std::vector<std::shared_ptr<prometheus::Collectable>>;

  /// Listens at `address`, the value of `eventcore.metrics.address`. Fails with `invalid_argument`,
  /// naming the setting, when that cannot be done. The collectables are asked by one thread at a time.
  static auto start(const std::string& address, const collectables& what)
    -> result<std::unique_ptr<metrics_server>>;

  /// `address` has passed `check_metrics_address`. Throws what the HTTP server throws.
  explicit metrics_server(const std::string& address);

  metrics_server(metrics_server&&) = delete;

  /// Waits for answers that are being written, and up to 2 s for a client that is connected and says
  /// nothing.
  ~metrics_server();

  auto port() const -> int;

private:
  std::string host_;
  std::optional<prometheus::Exposer> exposer_;
};

} // namespace eventcore
