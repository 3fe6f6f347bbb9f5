#include "sqlite_store.hpp"

#include "checkpoints.hpp"
#include "damage.hpp"
#include "dead_letters.hpp"
#include "errors.hpp"
#include "read_models.hpp"
#include "records.hpp"
#include "transaction.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace eventcore::sqlite {

sqlite_store::sqlite_store(std::filesystem::path file, sqlite_settings settings)
    : in_{std::move(file), std::move(settings)}, maintenance_{in_} {}

auto sqlite_store::append(write_batch batch) -> std::vector<append_outcome> {
  if (const auto writable = in_.check_writable(); !writable)
    return std::vector<append_outcome>(batch.size(), writable.error());
  return in_.write().append(batch);
}

auto sqlite_store::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  if (auto writable = in_.check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return in_.write().find_commit(set, known);
}

auto sqlite_store::read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> {
  for (const auto& query : queries)
    if (auto valid = validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
  return in_.reading(
    [&](reader& from) -> result<std::vector<stream_page>> { return from.read(queries); });
}

auto sqlite_store::read(const read_log& query) -> result<log_page> {
  if (auto valid = validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return in_.reading([&](reader& from) -> result<log_page> { return from.read(query); });
}

// Whoever follows the log asks for its head when there is nothing else to read: in a file that is at
// no path any more nothing would ever come.
auto sqlite_store::head() -> result<log_head> {
  return in_.reading([this](reader& from) -> result<log_head> {
    if (from.on().has_moved())
      return fail(errc::log_rewound,
                  fmt::format("{} was moved, removed or replaced while this program had it open; "
                              "open it again and rebuild what was read from it",
                              in_.file().string()));
    return from.head();
  });
}

// Nothing tells of commits of other programs: while somebody waits, the head is looked at.
auto sqlite_store::await(log_position known, std::chrono::milliseconds patience)
  -> result<log_head> {
  constexpr std::chrono::milliseconds look_again{20};
  const auto deadline = detail::deadline_after(patience);
  for (;;) {
    auto now = head();
    if (!now || now->position > known || std::chrono::steady_clock::now() >= deadline)
      return now;
    const auto next_look = std::min(deadline, detail::deadline_after(look_again));
    if (auto shown = in_.watch().wait_beyond(known, next_look))
      return *shown;
  }
}

auto sqlite_store::save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return valid;
  return in_.writing([&](connection& on) { return sqlite::save_checkpoint(on, name, reached); });
}

auto sqlite_store::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return in_.reading([&](reader& from) { return from.load_checkpoint(name); });
}

auto sqlite_store::reset_checkpoint(std::string_view name) -> result<> {
  return in_.writing([&](connection& on) { return sqlite::reset_checkpoint(on, name); });
}

auto sqlite_store::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  for (const auto& move : moves)
    if (auto valid = validate_name("checkpoint", move.name); !valid)
      return valid;
  if (auto writable = in_.check_writable(); !writable)
    return writable;
  return in_.write().transact(moves, work);
}

auto sqlite_store::inspect(const transaction_work& work) -> result<> {
  return in_.inspecting([&](reader& from) { return from.inspect(work); });
}

auto sqlite_store::list_checkpoints() -> result<std::vector<named_checkpoint>> {
  return in_.reading([](reader& from) -> result<std::vector<named_checkpoint>> {
    return sqlite::list_checkpoints(from.on());
  });
}

auto sqlite_store::save_read_model(const read_model_state& state) -> result<bool> {
  if (auto valid = validate_name("read model", state.name); !valid)
    return std::unexpected{std::move(valid.error())};
  return in_.writing(
    [&](connection& on) -> result<bool> { return sqlite::save_read_model(on, state); });
}

auto sqlite_store::load_read_model(std::string_view name)
  -> result<std::optional<read_model_state>> {
  return in_.reading([&](reader& from) -> result<std::optional<read_model_state>> {
    const read_transaction snapshot{from.on()};
    return sqlite::load_read_model(from.on(), name);
  });
}

auto sqlite_store::save_snapshot(const snapshot& state) -> result<bool> {
  return in_.writing([&](connection& on) { return sqlite::save_snapshot(on, state); },
                     durability::later);
}

auto sqlite_store::load_snapshot(const stream_id& stream, std::string_view view)
  -> result<std::optional<snapshot>> {
  return in_.reading([&](reader& from) -> result<std::optional<snapshot>> {
    return from.load_snapshot(stream, view);
  });
}

auto sqlite_store::park(const dead_letter& letter) -> result<> {
  if (auto valid = validate_name("projection", letter.projection); !valid)
    return valid;
  return in_.writing([&](connection& on) -> result<> {
    sqlite::park(on, letter, in_.write().now());
    return {};
  });
}

auto sqlite_store::list_dead_letters(const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  return in_.reading([&](reader& from) -> result<std::vector<parked_event>> {
    return sqlite::list_dead_letters(from.on(), query);
  });
}

auto sqlite_store::retry_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return in_.writing(
    [&](connection& on) -> result<bool> { return sqlite::retry_dead_letter(on, projection, at); });
}

auto sqlite_store::drop_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return in_.writing(
    [&](connection& on) -> result<bool> { return sqlite::drop_dead_letter(on, projection, at); });
}

auto sqlite_store::acquire_lease(std::string_view name, std::chrono::milliseconds term)
  -> result<std::optional<lease_token>> {
  if (auto valid = validate_name("lease", name); !valid)
    return std::unexpected{std::move(valid.error())};
  if (auto valid = validate_term(term); !valid)
    return std::unexpected{std::move(valid.error())};
  return in_.writing(
    [&](connection& on) { return sqlite::acquire_lease(on, name, term, in_.write().now()); });
}

auto sqlite_store::renew_lease(std::string_view name, const lease_token& token,
                               std::chrono::milliseconds term) -> result<> {
  if (auto valid = validate_term(term); !valid)
    return valid;
  return in_.writing(
    [&](connection& on) { return sqlite::renew_lease(on, name, token, term, in_.write().now()); });
}

auto sqlite_store::release_lease(std::string_view name, const lease_token& token) -> result<> {
  return in_.writing([&](connection& on) { return sqlite::release_lease(on, name, token); });
}

auto sqlite_store::find_damage() -> result<std::vector<std::string>> {
  try {
    return sqlite::find_damage(in_.options_to_read());
  } catch (...) {
    return std::unexpected{current_failure(in_.file(), in_.settings().busy_timeout)};
  }
}

} // namespace eventcore::sqlite
