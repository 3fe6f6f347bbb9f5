#include "stress/clock.hpp"
#include "stress/postgres_limits.hpp"
#include "stress/postgres_session.hpp"

#include "eventcore/stores/postgres.hpp"

#include <algorithm>
#include <exception>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace bench {

namespace {

auto median_of_commits(postgres_session& sql) -> std::chrono::microseconds {
  std::vector<double> times(51);
  for (auto& time : times)
    time = time_of([&] { sql.run("INSERT INTO cost_of_commit VALUES (1)"); });
  std::ranges::nth_element(times, times.begin() + 25);
  return std::chrono::microseconds{static_cast<std::int64_t>(times[25] * 1e6)};
}

} // namespace

scratch_schema::scratch_schema(std::string url)
    : url_{std::move(url)}, name_{fmt::format("eventcore_stress_{}", getpid())} {
  drop(); // what another program of this number has left
  open();
}

scratch_schema::~scratch_schema() {
  try {
    drop();
  } catch (const std::exception& error) {
    fmt::print(stderr, "the schema {} is left behind: {}\n", name_, error.what());
  }
}

void scratch_schema::drop() const {
  postgres_session{url_}.run(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", name_));
}

auto scratch_schema::open() const -> std::shared_ptr<ec::event_store> {
  ec::store_settings settings;
  settings.postgres.schema = name_;
  settings.postgres.application_name = "eventcore-stress, limits";
  return ec::unwrap(ec::postgres::open(url_, settings));
}

auto facts_of_server(const scratch_schema& where) -> server_facts {
  postgres_session sql{where.url()};
  server_facts found;
  const auto shown = [&](const char* setting) { return sql.ask(fmt::format("SHOW {}", setting)); };
  found.text = fmt::format("PostgreSQL {}, synchronous_commit={}, fsync={}, shared_buffers={}",
                           shown("server_version"), shown("synchronous_commit"), shown("fsync"),
                           shown("shared_buffers"));
  sql.run(fmt::format("SET search_path TO {}; CREATE TABLE cost_of_commit (n int)", where.name()));
  found.commit = median_of_commits(sql);
  sql.run("SET synchronous_commit = off");
  found.for_disk = std::max(found.commit - median_of_commits(sql), std::chrono::microseconds{});
  sql.run("DROP TABLE cost_of_commit");
  return found;
}

} // namespace bench
