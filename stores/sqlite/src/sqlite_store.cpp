#include "sqlite_store.hpp"

#include "checkpoints.hpp"
#include "damage.hpp"
#include "dead_letters.hpp"
#include "errors.hpp"
#include "file_access.hpp"
#include "read_models.hpp"
#include "records.hpp"
#include "schema.hpp"
#include "transaction.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace eventcore::sqlite {

sqlite_store::sqlite_store(std::filesystem::path file, sqlite_settings settings)
    : file_{std::move(file)}, settings_{std::move(settings)} {}

void sqlite_store::open() {
  if (settings_.read_only)
    open_reading();
  else
    open_writing();
}

void sqlite_store::open_writing() {
  writer_ = std::make_unique<writer>(file_, settings_, watch_, [this](int pages) {
    if (keeper_)
      keeper_->grown_to(pages);
  });
  writer_->open();
  constexpr std::size_t page_bytes = 4096;
  const auto pages =
    static_cast<int>(std::clamp<std::size_t>(settings_.wal_bytes / page_bytes, 16, 1'000'000));
  const auto beside = [&](access how) {
    return connection_options{.file = file_, .access = how, .busy_timeout = settings_.busy_timeout};
  };
  keeper_ = std::make_unique<wal_keeper>(beside(access::write),
                                         wal_keeper::limits{pages, settings_.wal_age}, *writer_);
  readers_ = std::make_unique<reader_pool>(beside(access::read), settings_.readers);
  inspectors_ = std::make_unique<reader_pool>(beside(access::read), settings_.readers);
}

void sqlite_store::open_reading() {
  const auto options = options_for_reading(file_, settings_.busy_timeout);
  {
    connection on{
      options}; // a reader would fail on tables that are not there before they are asked for
    require_schema(on, file_, migrations());
  }
  readers_ = std::make_unique<reader_pool>(options, settings_.readers);
  inspectors_ = std::make_unique<reader_pool>(options, settings_.readers);
  static_cast<void>(readers_->take());
}

auto sqlite_store::check_writable() const -> result<> {
  if (!writer_)
    return fail(errc::read_only, fmt::format("{} was opened for reading; open it without read_only "
                                             "to write to it",
                                             file_.string()));
  if (writer_->is_working_here())
    return fail(errc::invalid_argument,
                "the work of a transaction cannot write through the store, which waits for that "
                "work to end; use the session that the work was given, or write after it");
  return {};
}

template <class Act>
auto sqlite_store::reading(Act act) -> std::invoke_result_t<Act, reader&> {
  return reading_from(*readers_, std::move(act));
}

template <class Act>
auto sqlite_store::reading_from(reader_pool& readers, Act act)
  -> std::invoke_result_t<Act, reader&> {
  try {
    auto taken = readers.take();
    try {
      return act(*taken);
    } catch (const database_error&) {
      auto failed = current_failure(file_, taken->on().waited());
      taken.drop();
      return std::unexpected{std::move(failed)};
    }
  } catch (...) {
    return std::unexpected{current_failure(file_, settings_.busy_timeout)};
  }
}

template <class Act>
auto sqlite_store::writing(Act act) -> std::invoke_result_t<Act, connection&> {
  if (auto writable = check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return writer_->transact(std::move(act));
}

auto sqlite_store::append(write_batch batch) -> std::vector<append_outcome> {
  if (const auto writable = check_writable(); !writable)
    return std::vector<append_outcome>(batch.size(), writable.error());
  return writer_->append(batch);
}

auto sqlite_store::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  if (auto writable = check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return writer_->find_commit(set, known);
}

auto sqlite_store::read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> {
  for (const auto& query : queries)
    if (auto valid = validate(query); !valid)
      return std::unexpected{std::move(valid.error())};
  return reading(
    [&](reader& from) -> result<std::vector<stream_page>> { return from.read(queries); });
}

auto sqlite_store::read(const read_log& query) -> result<log_page> {
  if (auto valid = validate(query); !valid)
    return std::unexpected{std::move(valid.error())};
  return reading([&](reader& from) -> result<log_page> { return from.read(query); });
}

auto sqlite_store::head() -> result<log_head> {
  return reading([](reader& from) -> result<log_head> { return from.head(); });
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
    if (auto shown = watch_.wait_beyond(known, next_look))
      return *shown;
  }
}

auto sqlite_store::save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return valid;
  return writing([&](connection& on) { return sqlite::save_checkpoint(on, name, reached); });
}

auto sqlite_store::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  if (auto valid = validate_name("checkpoint", name); !valid)
    return std::unexpected{std::move(valid.error())};
  return reading([&](reader& from) { return from.load_checkpoint(name); });
}

auto sqlite_store::reset_checkpoint(std::string_view name) -> result<> {
  return writing([&](connection& on) { return sqlite::reset_checkpoint(on, name); });
}

auto sqlite_store::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  for (const auto& move : moves)
    if (auto valid = validate_name("checkpoint", move.name); !valid)
      return valid;
  if (auto writable = check_writable(); !writable)
    return writable;
  return writer_->transact(moves, work);
}

auto sqlite_store::inspect(const transaction_work& work) -> result<> {
  return reading_from(*inspectors_, [&](reader& from) { return from.inspect(work); });
}

auto sqlite_store::list_checkpoints() -> result<std::vector<named_checkpoint>> {
  return reading([](reader& from) -> result<std::vector<named_checkpoint>> {
    return sqlite::list_checkpoints(from.on());
  });
}

auto sqlite_store::save_read_model(const read_model_state& state) -> result<bool> {
  if (auto valid = validate_name("read model", state.name); !valid)
    return std::unexpected{std::move(valid.error())};
  return writing(
    [&](connection& on) -> result<bool> { return sqlite::save_read_model(on, state); });
}

auto sqlite_store::load_read_model(std::string_view name)
  -> result<std::optional<read_model_state>> {
  return reading([&](reader& from) -> result<std::optional<read_model_state>> {
    const read_transaction snapshot{from.on()};
    return sqlite::load_read_model(from.on(), name);
  });
}

auto sqlite_store::save_snapshot(const snapshot& state) -> result<bool> {
  return writing([&](connection& on) { return sqlite::save_snapshot(on, state); });
}

auto sqlite_store::load_snapshot(const stream_id& stream, std::string_view view)
  -> result<std::optional<snapshot>> {
  return reading([&](reader& from) -> result<std::optional<snapshot>> {
    return from.load_snapshot(stream, view);
  });
}

auto sqlite_store::park(const dead_letter& letter) -> result<> {
  if (auto valid = validate_name("projection", letter.projection); !valid)
    return valid;
  return writing([&](connection& on) -> result<> {
    sqlite::park(on, letter, writer_->now());
    return {};
  });
}

auto sqlite_store::list_dead_letters(const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  return reading([&](reader& from) -> result<std::vector<parked_event>> {
    return sqlite::list_dead_letters(from.on(), query);
  });
}

auto sqlite_store::retry_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return writing(
    [&](connection& on) -> result<bool> { return sqlite::retry_dead_letter(on, projection, at); });
}

auto sqlite_store::drop_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return writing(
    [&](connection& on) -> result<bool> { return sqlite::drop_dead_letter(on, projection, at); });
}

auto sqlite_store::acquire_lease(std::string_view name, std::chrono::milliseconds term)
  -> result<std::optional<lease_token>> {
  if (auto valid = validate_name("lease", name); !valid)
    return std::unexpected{std::move(valid.error())};
  if (auto valid = validate_term(term); !valid)
    return std::unexpected{std::move(valid.error())};
  return writing(
    [&](connection& on) { return sqlite::acquire_lease(on, name, term, writer_->now()); });
}

auto sqlite_store::renew_lease(std::string_view name, const lease_token& token,
                               std::chrono::milliseconds term) -> result<> {
  if (auto valid = validate_term(term); !valid)
    return valid;
  return writing(
    [&](connection& on) { return sqlite::renew_lease(on, name, token, term, writer_->now()); });
}

auto sqlite_store::release_lease(std::string_view name, const lease_token& token) -> result<> {
  return writing([&](connection& on) { return sqlite::release_lease(on, name, token); });
}

auto sqlite_store::find_damage() -> result<std::vector<std::string>> {
  return reading([](reader& from) -> result<std::vector<std::string>> {
    return sqlite::find_damage(from.on());
  });
}

} // namespace eventcore::sqlite
