#include "worker.hpp"

#include "clients.hpp"
#include "host.hpp"
#include "lines.hpp"
#include "machine.hpp"
#include "opening.hpp"
#include "report.hpp"
#include "workload.hpp"

#include <eventcore/json.hpp>

#include <chrono>
#include <exception>
#include <memory>

namespace stress {

namespace {

auto microseconds(std::chrono::nanoseconds time) -> double {
  return rounded(std::chrono::duration<double, std::micro>{time}.count());
}

/// What the other process does.
class work_place {
public:
  explicit work_place(const options& given)
      : work_{make_workload(given, {})}, clients_{*work_, given.clients(), given.seed},
        host_{given, open_for_run(given), batches_} {}

  auto round(const worker_order& order) -> worker_answer {
    const std::chrono::duration<double> took =
      clients_.run(host_.sender(), {.time = std::chrono::nanoseconds{order.nanoseconds}},
                   part{.count = static_cast<std::size_t>(order.clients), .timed = order.timed});
    auto now = answer();
    now.seconds = took.count();
    return now;
  }

  auto end() -> worker_answer {
    host_.stop();
    return answer();
  }

private:
  auto answer() const -> worker_answer {
    const auto told = clients_.told_so_far({});
    return {.clients = told.clients,
            .unanswered = told.unanswered,
            .transactions = batches_->count(),
            .rows = batches_->events(),
            .p50_us = microseconds(clients_.latency().quantile(0.50)),
            .p95_us = microseconds(clients_.latency().quantile(0.95)),
            .p99_us = microseconds(clients_.latency().quantile(0.99)),
            .max_us = microseconds(clients_.latency().longest()),
            .failures = clients_.failures(),
            .first_failure = clients_.first_failure(),
            .rss_bytes = bench::resident_bytes()};
  }

  std::shared_ptr<batches> batches_ = std::make_shared<batches>();
  std::unique_ptr<workload> work_;
  clients clients_; // outlives the runtime, which calls it
  host host_;
};

/// Up to the end that it is asked for, or that of the process which asks.
void serve(const options& given, int socket) {
  std::unique_ptr<work_place> place;
  for (bool more = true; more;) {
    const auto line = read_line(socket);
    if (!line)
      return;
    const auto order = ec::unwrap(ec::from_json<worker_order>(*line));
    worker_answer told;
    try {
      if (!place)
        place = std::make_unique<work_place>(given);
      more = order.clients > 0;
      told = more ? place->round(order) : place->end();
    } catch (const std::exception& error) {
      told = {.problem = error.what()};
      more = false;
    }
    write_line(socket, ec::to_json(told));
  }
}

} // namespace

worker::worker(const options& given) : other_{[&given](int socket) { serve(given, socket); }} {}

void worker::ask(const worker_order& order) { other_.ask(order); }

auto worker::wait() -> worker_answer { return other_.wait<worker_answer>(); }

} // namespace stress
