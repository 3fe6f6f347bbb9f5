#include "postgres_store.hpp"

#include "damage.hpp"
#include "dead_letters.hpp"
#include "leases.hpp"
#include "records.hpp"
#include "schema.hpp"
#include "transactions.hpp"

#include <algorithm>
#include <utility>

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

postgres_store::postgres_store(address where, store_settings settings)
    : settings_{std::move(settings)}, connector_{std::move(where), settings_},
      readers_{connector_, settings_.postgres.connections - not_reading,
               settings_.bounds.payload_bytes},
      workplaces_{count_workplaces(settings_)} {}

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
  if (working_thread::writes_to(this))
    return fail(errc::invalid_argument,
                "the work of a transaction cannot write through the store, which may wait for that "
                "work to end; use the session that the work was given, or write after it");
  return {};
}

auto postgres_store::check_free() const -> result<> {
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

auto postgres_store::now() const -> std::optional<timestamp> {
  return settings_.clock ? std::optional{settings_.clock()} : std::nullopt;
}

template <class Act>
auto postgres_store::reading(Act act) -> std::invoke_result_t<Act, reader&> {
  if (auto free = check_free(); !free)
    return std::unexpected{std::move(free.error())};
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

template <class Act>
auto postgres_store::working(working_thread::access what, Act act) -> result<> {
  const auto lend = [&] {
    return reading([&](reader& lent) {
      const working_thread here{this, what};
      return act(lent.on());
    });
  };
  // Work within work takes the connection that the other leaves free.
  if (working_thread::connections_of(this) > 0)
    return lend();
  const struct workplace {
    explicit workplace(std::counting_semaphore<>& taken) : from{taken} { from.acquire(); }
    workplace(const workplace&) = delete;
    auto operator=(const workplace&) -> workplace& = delete;
    ~workplace() { from.release(); }
    std::counting_semaphore<>& from;
  } here{workplaces_};
  return lend();
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

auto postgres_store::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  if (auto writable = check_writable(); !writable)
    return writable;
  for (const auto& move : moves)
    if (auto valid = validate_name("checkpoint", move.name); !valid)
      return valid;
  constexpr int tries = 5;
  for (int left = tries - 1;; --left) {
    bool again = false;
    auto done = working(working_thread::access::writes, [&](connection& on) -> result<> {
      try {
        return postgres::transact(on, connector_, moves, now(), work);
      } catch (const database_error& error) {
        again = error.is_in_class("40") && left > 0;
        throw;
      }
    });
    if (!again)
      return done;
  }
}

auto postgres_store::inspect(const transaction_work& work) -> result<> {
  return working(working_thread::access::looks,
                 [&](connection& on) { return postgres::inspect(on, connector_, work); });
}

auto postgres_store::list_checkpoints() -> result<std::vector<named_checkpoint>> {
  return reading(
    [](reader& from) -> result<std::vector<named_checkpoint>> { return from.list_checkpoints(); });
}

auto postgres_store::save_read_model(const read_model_state& state) -> result<bool> {
  if (auto valid = validate_name("read model", state.name); !valid)
    return std::unexpected{std::move(valid.error())};
  return recording([&](connection& on) { return postgres::save_read_model(on, state); });
}

auto postgres_store::load_read_model(std::string_view name)
  -> result<std::optional<read_model_state>> {
  if (auto valid = validate_name("read model", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return reading([&](reader& from) -> result<std::optional<read_model_state>> {
    return from.load_read_model(name);
  });
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

auto postgres_store::park(const dead_letter& letter) -> result<> {
  if (auto valid = validate_name("projection", letter.projection); !valid)
    return valid;
  return recording([&](connection& on) { return postgres::park(on, letter, now()); });
}

auto postgres_store::list_dead_letters(const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  return reading([&](reader& from) { return postgres::list_dead_letters(from.on(), query); });
}

auto postgres_store::retry_dead_letter(std::string_view projection, log_position at)
  -> result<bool> {
  return recording([&](connection& on) { return postgres::retry_dead_letter(on, projection, at); });
}

auto postgres_store::drop_dead_letter(std::string_view projection, log_position at)
  -> result<bool> {
  return recording([&](connection& on) { return postgres::drop_dead_letter(on, projection, at); });
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
