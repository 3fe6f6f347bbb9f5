#include "audits.hpp"

#include "workload.hpp"

#include <utility>

namespace stress {

namespace {

auto audit_throughput(const told& clients) -> std::unique_ptr<audit> {
  std::vector<written_stream> streams;
  for (std::size_t i = 0; i < clients.clients.size(); ++i)
    streams.push_back({client_account(i), clients.clients[i]});
  return audit_versions("each_stream_has_its_clients_successes", clients, streams);
}

auto audit_of(const options& given, const told& clients) -> std::unique_ptr<audit> {
  switch (given.scenario) {
  case scenario::contention:
    return audit_versions("events_are_successful_commands", clients,
                          {{shared_account(), clients.all()}});
  case scenario::throughput:
  case scenario::projection:
    return audit_throughput(clients);
  case scenario::transfers:
    return audit_transfers(clients);
  case scenario::saturation:
    return audit_new_streams(clients);
  case scenario::discovery:
    return audit_stocks(clients);
  case scenario::touch:
    return audit_touched(given, clients.base);
  case scenario::raw:
  case scenario::section:
  case scenario::reading:
  case scenario::cold:
    break;
  }
  return nullptr;
}

} // namespace

auto audits_of(const options& given, const told& clients) -> audits {
  audits all;
  all.push_back(audit_positions());
  all.push_back(audit_acknowledged(clients));
  if (auto own = audit_of(given, clients))
    all.push_back(std::move(own));
  return all;
}

} // namespace stress
