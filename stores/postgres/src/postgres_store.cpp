#include "postgres_store.hpp"

#include "damage.hpp"
#include "dead_letters.hpp"
#include "leases.hpp"
#include "records.hpp"
#include "snapshots.hpp"
#include "transactions.hpp"

#include <utility>

namespace eventcore::postgres {

postgres_store::postgres_store(address where, store_settings settings)
    : access_{std::move(where), std::move(settings)}, maintenance_{access_} {}

auto postgres_store::append(write_batch batch) -> std::vector<append_outcome> {
  if (const auto writable = access_.check_writable(); !writable)
    return std::vector<append_outcome>(batch.size(), writable.error());
  return access_.writing().append(batch);
}

auto postgres_store::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  if (auto writable = access_.check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return access_.writing().find_commit(set, known);
}

auto postgres_store::read(std::span<const read_stream> queries)
  -> result<std::vector<stream_page>> {
  for (const auto& query : queries)
    if (auto valid = validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
  return access_.reading(
    [&](reader& from) -> result<std::vector<stream_page>> { return from.read(queries); });
}

auto postgres_store::read(const read_log& query) -> result<log_page> {
  if (auto valid = validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.reading([&](reader& from) -> result<log_page> { return from.read(query); });
}

auto postgres_store::head() -> result<log_head> {
  return access_.reading([](reader& from) -> result<log_head> { return from.head(); });
}

auto postgres_store::listening() -> listener& {
  std::call_once(first_await_, [&] {
    listener_ =
      std::make_unique<listener>(access_.from(), access_.readers(),
                                 access_.settings().postgres.poll_interval, access_.watch());
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
    if (auto shown = access_.watch().wait_beyond(known, deadline))
      return *shown;
  } catch (...) {
    return std::unexpected{current_failure(access_.where())};
  }
  return head();
}

auto postgres_store::save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return valid;
  return access_.recording(
    [&](connection& on) { return postgres::save_checkpoint(on, name, reached); });
}

auto postgres_store::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.reading([&](reader& from) { return from.load_checkpoint(name); });
}

auto postgres_store::reset_checkpoint(std::string_view name) -> result<> {
  return access_.recording([&](connection& on) { return postgres::reset_checkpoint(on, name); });
}

auto postgres_store::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  if (auto writable = access_.check_writable(); !writable)
    return writable;
  for (const auto& move : moves)
    if (auto valid = validate_name("checkpoint", move.name); !valid)
      return valid;
  constexpr int tries = 5;
  for (int left = tries - 1;; --left) {
    bool again = false;
    auto done = access_.working(working_thread::access::writes, [&](connection& on) -> result<> {
      try {
        return postgres::transact(on, access_.from(), moves, access_.now(), work);
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
  return access_.working(working_thread::access::looks, [&](connection& on) {
    return postgres::inspect(on, access_.from(), work);
  });
}

auto postgres_store::list_checkpoints() -> result<std::vector<named_checkpoint>> {
  return access_.reading(
    [](reader& from) -> result<std::vector<named_checkpoint>> { return from.list_checkpoints(); });
}

auto postgres_store::save_read_model(const read_model_state& state) -> result<bool> {
  if (auto valid = validate_name("read model", state.name); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.recording([&](connection& on) { return postgres::save_read_model(on, state); });
}

auto postgres_store::load_read_model(std::string_view name)
  -> result<std::optional<read_model_state>> {
  if (auto valid = validate_name("read model", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.reading([&](reader& from) -> result<std::optional<read_model_state>> {
    return from.load_read_model(name);
  });
}

auto postgres_store::save_snapshot(const snapshot& state) -> result<bool> {
  return access_.recording([&](connection& on) { return postgres::save_snapshot(on, state); });
}

auto postgres_store::load_snapshot(const stream_id& stream, std::string_view view)
  -> result<std::optional<snapshot>> {
  return access_.reading([&](reader& from) -> result<std::optional<snapshot>> {
    return postgres::load_snapshot(from.on(), stream, view);
  });
}

auto postgres_store::park(const dead_letter& letter) -> result<> {
  if (auto valid = validate_name("projection", letter.projection); !valid)
    return valid;
  return access_.recording(
    [&](connection& on) { return postgres::park(on, letter, access_.now()); });
}

auto postgres_store::list_dead_letters(const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  return access_.reading(
    [&](reader& from) { return postgres::list_dead_letters(from.on(), query); });
}

auto postgres_store::retry_dead_letter(std::string_view projection, log_position at)
  -> result<bool> {
  return access_.recording(
    [&](connection& on) { return postgres::retry_dead_letter(on, projection, at); });
}

auto postgres_store::drop_dead_letter(std::string_view projection, log_position at)
  -> result<bool> {
  return access_.recording(
    [&](connection& on) { return postgres::drop_dead_letter(on, projection, at); });
}

auto postgres_store::acquire_lease(std::string_view name, std::chrono::milliseconds term)
  -> result<std::optional<lease_token>> {
  if (auto valid = validate_name("lease", name); !valid)
    return std::unexpected{std::move(valid.error())};
  if (auto valid = validate_term(term); !valid)
    return std::unexpected{std::move(valid.error())};
  return access_.recording(
    [&](connection& on) { return postgres::acquire_lease(on, name, term, access_.now()); });
}

auto postgres_store::renew_lease(std::string_view name, const lease_token& token,
                                 std::chrono::milliseconds term) -> result<> {
  if (auto valid = validate_term(term); !valid)
    return valid;
  return access_.recording(
    [&](connection& on) { return postgres::renew_lease(on, name, token, term, access_.now()); });
}

auto postgres_store::release_lease(std::string_view name, const lease_token& token) -> result<> {
  return access_.recording(
    [&](connection& on) { return postgres::release_lease(on, name, token); });
}

auto postgres_store::find_damage() -> result<std::vector<std::string>> {
  return access_.reading([](reader& from) -> result<std::vector<std::string>> {
    return postgres::find_damage(from.on());
  });
}

} // namespace eventcore::postgres
