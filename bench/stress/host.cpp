#include "host.hpp"

#include "domain.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/actors/runtime.hpp>

#include <future>
#include <utility>

#include <caf/actor_system.hpp>

namespace stress {

namespace {

class config : public ec::system_config {
public:
  explicit config(const options& given) {
    if (given.threads)
      set("scheduler.max-threads", *given.threads);
  }
};

auto settings_of(const options& given) -> ec::runtime_settings {
  ec::runtime_settings settings;
  settings.store = given.store;
  settings.log.level = "warn";
  settings.streams.max_active = given.max_active.value_or(settings.streams.max_active);
  settings.log_writer.max_batch = given.max_batch.value_or(settings.log_writer.max_batch);
  settings.commands.max_in_flight = given.max_in_flight.value_or(settings.commands.max_in_flight);
  settings.coordinators = given.coordinators.value_or(settings.coordinators);
  settings.readers = given.readers.value_or(settings.readers);
  settings.snapshots.every = given.snapshots.value_or(settings.snapshots.every);
  settings.postgres.schema = given.schema;
  settings.postgres.connections = given.connections;
  return settings;
}

} // namespace

class host::parts {
public:
  parts(const options& given, std::shared_ptr<ec::event_store> store,
        std::shared_ptr<batches> watching)
      : configured{given}, system{configured},
        runtime{ec::unwrap(
          ec::runtime::start(system, std::move(store), settings_of(given), std::move(watching)))},
        defaults{runtime.defaults()} {}

  config configured;
  caf::actor_system system;
  ec::runtime runtime;
  ec::execute_options defaults;
};

host::host(const options& given, std::shared_ptr<ec::event_store> store,
           std::shared_ptr<batches> watching)
    : parts_{std::make_unique<parts>(given, std::move(store), std::move(watching))} {}

host::~host() = default;

auto host::runtime() -> ec::runtime& { return parts_->runtime; }

auto host::sender() -> send_command {
  return [&all = *parts_](ec::any_command command, on_done done) {
    all.runtime.execute(std::move(command), all.defaults, std::move(done));
  };
}

void host::load(const std::vector<ec::stream_id>& accounts) {
  auto patient = parts_->defaults;
  patient.command_deadline = std::chrono::hours{1};
  std::vector<std::future<ec::result<ec::executed>>> loading;
  for (const auto& id : accounts)
    loading.push_back(
      parts_->runtime.execute(look_at{ec::unwrap(ec::stream<account>::from_id(id))}, patient));
  for (auto& one : loading)
    ec::unwrap(one.get());
}

void host::stop() { parts_->runtime.stop(); }

} // namespace stress
