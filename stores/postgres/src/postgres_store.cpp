#include "postgres_store.hpp"

#include "damage.hpp"
#include "records.hpp"
#include "schema.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// Of the connections, one writes and one listens.
constexpr std::size_t not_reading = 2;

} // namespace

postgres_store::postgres_store(address where, store_settings settings)
    : settings_{std::move(settings)}, connector_{std::move(where), settings_},
      readers_{connector_, settings_.postgres.connections - not_reading,
               settings_.bounds.payload_bytes} {}

void postgres_store::open() {
  if (settings_.read_only) {
    auto on = connector_.connect(purpose::reading);
    require_schema(*on, connector_.where(), migrations());
    require_rights(*on, connector_.where(), false);
    readers_.add(std::move(on));
  } else {
    writer_ = std::make_unique<writer>(connector_, settings_, watch_);
    writer_->open();
  }
  connector_.opened();
}

auto postgres_store::check_writable() const -> result<> {
  if (!writer_)
    return fail(errc::read_only, fmt::format("{} was opened for reading; open it without read_only "
                                             "to write to it",
                                             connector_.where().name()));
  return {};
}

auto postgres_store::now() const -> std::optional<timestamp> {
  return settings_.clock ? std::optional{settings_.clock()} : std::nullopt;
}

template <class Act>
auto postgres_store::reading(Act act) -> std::invoke_result_t<Act, reader&> {
  try {
    const auto taken = readers_.take();
    return act(*taken);
  } catch (...) {
    return std::unexpected{current_failure(connector_.where())};
  }
}

template <class Act>
auto postgres_store::recording(Act act) -> std::invoke_result_t<Act, connection&> {
  if (auto writable = check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return reading([&](reader& taken) { return act(taken.on()); });
}

auto postgres_store::append(write_batch batch) -> std::vector<append_outcome> {
  if (const auto writable = check_writable(); !writable)
    return std::vector<append_outcome>(batch.size(), writable.error());
  return writer_->append(batch);
}

auto postgres_store::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  if (auto writable = check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return writer_->find_commit(set, known);
}

auto postgres_store::read(std::span<const read_stream> queries)
  -> result<std::vector<stream_page>> {
  for (const auto& query : queries)
    if (auto valid = validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
  return reading(
    [&](reader& from) -> result<std::vector<stream_page>> { return from.read(queries); });
}

auto postgres_store::read(const read_log& query) -> result<log_page> {
  if (auto valid = validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return reading([&](reader& from) -> result<log_page> { return from.read(query); });
}

auto postgres_store::head() -> result<log_head> {
  return reading([](reader& from) -> result<log_head> { return from.head(); });
}

auto postgres_store::listening() -> listener& {
  std::call_once(first_await_, [&] {
    listener_ =
      std::make_unique<listener>(connector_, readers_, settings_.postgres.poll_interval, watch_);
  });
  return *listener_;
}

auto postgres_store::await(log_position known, std::chrono::milliseconds patience)
  -> result<log_head> {
  const auto deadline = detail::deadline_after(patience);
  try {
    // Before the log head is read: what is committed after that is listened for.
    const listener::waiting here{listening()};
    if (auto seen = head(); !seen || seen->position > known)
      return seen;
    if (auto shown = watch_.wait_beyond(known, deadline))
      return *shown;
  } catch (...) {
    return std::unexpected{current_failure(connector_.where())};
  }
  return head();
}

auto postgres_store::save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return valid;
  return recording([&](connection& on) { return postgres::save_checkpoint(on, name, reached); });
}

auto postgres_store::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return reading([&](reader& from) { return from.load_checkpoint(name); });
}

auto postgres_store::reset_checkpoint(std::string_view name) -> result<> {
  return recording([&](connection& on) { return postgres::reset_checkpoint(on, name); });
}

auto postgres_store::save_snapshot(const snapshot& state) -> result<bool> {
  return recording([&](connection& on) { return postgres::save_snapshot(on, state); });
}

auto postgres_store::load_snapshot(const stream_id& stream, std::string_view view)
  -> result<std::optional<snapshot>> {
  return reading([&](reader& from) -> result<std::optional<snapshot>> {
    return from.load_snapshot(stream, view);
  });
}

auto postgres_store::acquire_lease(std::string_view name, std::chrono::milliseconds term)
  -> result<std::optional<lease_token>> {
  if (auto valid = validate_name("lease", name); !valid)
    return std::unexpected{std::move(valid.error())};
  if (auto valid = validate_term(term); !valid)
    return std::unexpected{std::move(valid.error())};
  return recording([&](connection& on) { return postgres::acquire_lease(on, name, term, now()); });
}

auto postgres_store::renew_lease(std::string_view name, const lease_token& token,
                                 std::chrono::milliseconds term) -> result<> {
  if (auto valid = validate_term(term); !valid)
    return valid;
  return recording(
    [&](connection& on) { return postgres::renew_lease(on, name, token, term, now()); });
}

auto postgres_store::release_lease(std::string_view name, const lease_token& token) -> result<> {
  return recording([&](connection& on) { return postgres::release_lease(on, name, token); });
}

auto postgres_store::find_damage() -> result<std::vector<std::string>> {
  return reading([](reader& from) -> result<std::vector<std::string>> {
    return postgres::find_damage(from.on());
  });
}

} // namespace eventcore::postgres
