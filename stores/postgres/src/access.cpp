#include "access.hpp"

#include "schema.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// Of the connections, one writes and one listens.
constexpr std::size_t not_reading = 2;

// Of those that read, one is not for work, so that readers need not wait for it.
auto count_workplaces(const store_settings& settings) -> std::ptrdiff_t {
  const auto reading = settings.postgres.connections - not_reading;
  return static_cast<std::ptrdiff_t>(std::max<std::size_t>(reading, 2) - 1);
}

} // namespace

access::access(address where, store_settings settings)
    : settings_{std::move(settings)}, connector_{std::move(where), settings_},
      readers_{connector_, settings_.postgres.connections - not_reading,
               settings_.bounds.payload_bytes},
      workplaces_{count_workplaces(settings_)} {}

void access::open() {
  if (settings_.read_only) {
    auto on = connector_.connect(purpose::reading);
    require_schema(*on, where(), migrations());
    require_rights(*on, where(), false);
    readers_.add(std::move(on));
  } else {
    writer_ = std::make_unique<writer>(connector_, settings_, watch_);
    writer_->open();
  }
  connector_.opened();
}

auto access::check_writable() const -> result<> {
  if (!writer_)
    return fail(errc::read_only, fmt::format("{} was opened for reading; open it without read_only "
                                             "to write to it",
                                             where().name()));
  if (working_thread::writes_to(this))
    return fail(errc::invalid_argument,
                "the work of a transaction cannot write through the store, which may wait for that "
                "work to end; use the session that the work was given, or write after it");
  return {};
}

auto access::check_free() const -> result<> {
  const auto reading = static_cast<int>(settings_.postgres.connections - not_reading);
  if (working_thread::connections_of(this) < std::min(reading, 2))
    return {};
  return fail(
    errc::invalid_argument,
    fmt::format("the work of a transaction used the store, but holds all connections that "
                "one thread may have (postgres.connections is {}); read before that "
                "work, or use its session",
                settings_.postgres.connections));
}

auto access::now() const -> std::optional<timestamp> {
  return settings_.clock ? std::optional{settings_.clock()} : std::nullopt;
}

} // namespace eventcore::postgres
