#pragma once

#include "clients.hpp"
#include "host.hpp"
#include "limit_series.hpp"
#include "options.hpp"
#include "report.hpp"
#include "workload.hpp"

#include <memory>
#include <vector>

namespace stress {

/// One scenario with clients on one store, from opening it to its checks. Used once.
class load_run {
public:
  /// Opens and fills the store, starts the runtime. `given` must outlive it. Throws what `run` throws.
  explicit load_run(const options& given);

  auto run() -> report;

private:
  auto prepare() -> ec::log_position;
  void warm_up();
  void run_rounds();
  void run_passes();
  void run_part(const round_end& end, const part& who);
  void measure_limits();
  void sample(std::chrono::duration<double> at);
  void compare_lengths();

  auto shape() const -> bench::shape;
  auto is_well() const -> bool;
  auto told_now() const -> told;

  const options& given_;
  std::shared_ptr<batches> batches_ = std::make_shared<batches>();
  std::shared_ptr<ec::event_store> store_;
  report report_;
  std::unique_ptr<workload> work_;
  ec::log_position base_;
  clients clients_; // outlives the runtime, which calls it
  host host_;
  limit_series limits_;
  std::vector<double> events_per_s_;
  std::vector<double>
    of_section_; // each round's part of the `section` that was measured right after it
  std::vector<double> against_; // commands per second on streams of the other length
};

} // namespace stress
