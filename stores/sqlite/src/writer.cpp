#include "writer.hpp"

#include "checkpoints.hpp"
#include "heads.hpp"
#include "schema.hpp"
#include "work.hpp"

#include "eventcore/detail/append_batch.hpp"
#include "eventcore/detail/restored_part.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

auto options_of(const std::filesystem::path& file, const sqlite_settings& settings)
  -> connection_options {
  return {.file = file,
          .access = settings.create ? access::create : access::write,
          .busy_timeout = settings.busy_timeout,
          .cache_bytes = settings.cache_bytes};
}

auto is_powersafe(const connection& on) -> bool {
  int value = -1; // asks
  api::sqlite3_file_control(on.handle(), "main", SQLITE_FCNTL_POWERSAFE_OVERWRITE, &value);
  return value == 1;
}

auto observe_wal(void* observer, api::sqlite3*, const char*, int pages) -> int {
  (*static_cast<const writer::wal_observer*>(observer))(pages);
  return SQLITE_OK;
}

// SQLite does not call the busy handler for all that stands in the way of this.
void use_wal(connection& on, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    try {
      std::string mode;
      on.session() << "PRAGMA journal_mode = WAL", soci::into(mode);
      if (mode == "wal")
        return;
      raise(errc::store_unavailable,
            fmt::format("the file system does not allow a write-ahead log (it gives '{}'): put the "
                        "database on a local disk",
                        mode));
    } catch (const database_error& error) {
      if (primary_code(error.result()) != SQLITE_BUSY
          || std::chrono::steady_clock::now() >= deadline)
        throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

// Whether a batch, which is there as a whole or not at all, is in the log.
auto is_there(append_statements& statements, std::span<const write_set* const> batch,
              std::span<append_outcome* const> outcomes, log_position known) -> bool {
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (std::holds_alternative<committed>(*outcomes[i]) && detail::leaves_rows(*batch[i]))
      return statements.find(*batch[i], known).has_value();
  return false;
}

void require_heads(connection& on, const std::filesystem::path& file) {
  const auto wrong = on.number(
    "SELECT count(*) FROM log_head h LEFT JOIN (SELECT position, commit_id FROM events ORDER BY "
    "position DESC LIMIT 1) e ON true WHERE h.position <> coalesce(e.position, 0) OR h.commit_id "
    "<> coalesce(e.commit_id, zeroblob(16))");
  if (wrong != 0)
    raise(errc::store_corrupt,
          fmt::format("the last event of {} is not the one that its log head names; restore a "
                      "backup",
                      file.string()));
}

// Names the thread that does the work of a transaction, for as long as it does.
class at_work {
public:
  explicit at_work(std::atomic<std::thread::id>& whose) : whose_{whose} {
    whose_ = std::this_thread::get_id();
  }
  at_work(const at_work&) = delete;
  auto operator=(const at_work&) -> at_work& = delete;
  ~at_work() { whose_ = std::thread::id{}; }

private:
  std::atomic<std::thread::id>& whose_;
};

} // namespace

writer::live_connection::live_connection(const connection_options& options)
    : on{options}, statements{on}, powersafe{is_powersafe(on)} {}

writer::writer(std::filesystem::path file, sqlite_settings settings, detail::head_watch& watch,
               wal_observer observe)
    : file_{std::move(file)}, settings_{std::move(settings)}, watch_{watch},
      observe_{std::move(observe)} {}

void writer::open() {
  const std::lock_guard guard{lock_};
  {
    connection on{options_of(file_, settings_)};
    // Until the file is known to be ours, closing it must leave it as it is.
    on.leave_wal_on_close(true);
    if (look_at(on) == content::foreign)
      refuse_foreign(file_);
    use_wal(on, settings_.busy_timeout);
    migrate(on, file_, migrations(), std::chrono::floor<std::chrono::seconds>(now()), settings_);
    require_heads(on, file_);
    on.leave_wal_on_close(false);
    // The next connection opens before this one closes, so that the log beside the file stays.
    live();
  }
}

void writer::close() {
  const std::lock_guard guard{lock_};
  live_.reset();
}

auto writer::now() const -> timestamp {
  if (settings_.clock)
    return settings_.clock();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// What is written to a file that was replaced is lost, and a restored one does not hold what was
// told.
auto writer::live() -> live_connection& {
  if (live_ && live_->on.has_moved())
    raise(errc::log_rewound,
          fmt::format("{} was moved, removed or replaced while this program had it open; nothing "
                      "was written, open it again and rebuild what was read from it",
                      file_.string()));
  if (std::exchange(spoiled_, false))
    live_.reset();
  if (!live_) {
    auto options = options_of(file_, settings_);
    options.access = access::write; // a file that went away is not made anew
    auto opened = std::make_unique<live_connection>(options);
    if (!holds(opened->on, told_))
      raise(errc::log_rewound,
            fmt::format("{} no longer holds commit {} at position {}, which this program wrote: an "
                        "older file took its place; nothing was written, open it again and rebuild "
                        "what was read from it",
                        file_.string(), told_.commit.text(), told_.position.value));
    live_ = std::move(opened);
    api::sqlite3_wal_hook(live_->on.handle(), &observe_wal, const_cast<wal_observer*>(&observe_));
  }
  return *live_;
}

writer::unsynced_commits::unsynced_commits(writer* of) {
  if (!of || of->fence_needed_)
    return;
  of_ = of; // only a whole constructor is followed by the destructor
  of->spoiled_ = true;
  of->live_->on.run("PRAGMA synchronous = NORMAL");
}

writer::unsynced_commits::~unsynced_commits() {
  if (!of_ || !of_->live_)
    return;
  try {
    of_->live_->on.run("PRAGMA synchronous = FULL");
    of_->spoiled_ = false;
  } catch (const soci::soci_error&) { // it stays spoiled
  }
}

auto writer::waited() const -> std::chrono::milliseconds {
  return live_ ? live_->on.waited() : std::chrono::milliseconds{};
}

void writer::drop_unless_sound(int code) {
  const auto harmless = primary_code(code) == SQLITE_BUSY || is_data_error(code);
  if (live_ && (!harmless || live_->on.in_transaction()))
    live_.reset();
}

auto writer::append(write_batch batch) -> std::vector<append_outcome> {
  std::vector<append_outcome> outcomes(
    batch.size()); // the one thing that cannot be answered without memory
  detail::valid_sets valid;
  try {
    valid = detail::pick_valid(batch, settings_.bounds, outcomes);
  } catch (...) {
    std::ranges::fill(outcomes, append_outcome{current_failure(file_, {})});
    return outcomes;
  }
  if (!valid.sets.empty()) {
    const std::lock_guard guard{lock_};
    append_all(valid.sets, valid.outcomes);
  }
  return outcomes;
}

void writer::append_all(sets batch, slots outcomes) {
  const auto fail_all = [&](const failure& failed) {
    for (auto* outcome : outcomes)
      *outcome = failed;
  };
  try {
    append_once(batch, outcomes);
  } catch (const database_error& error) {
    const auto failed = failure_now();
    drop_unless_sound(error.result());
    if (!is_data_error(error.result()) || batch.size() == 1)
      return fail_all(failed);
    // One of them is what the database does not take: each half by itself, so that in the end it
    // fails alone, and every other is admitted anew.
    const auto half = batch.size() / 2;
    append_all(batch.first(half), outcomes.first(half));
    append_all(batch.subspan(half), outcomes.subspan(half));
  } catch (...) {
    fail_all(failure_now());
  }
}

void writer::append_once(sets batch, slots outcomes) {
  log_position known;
  if (const auto error = write(batch, outcomes, known))
    resolve(*error, batch, outcomes, known);
}

auto writer::write(sets batch, slots outcomes, log_position& known)
  -> std::optional<failed_commit> {
  auto& [on, statements, powersafe] = live();
  const write_transaction section{on};
  statements.clear();
  auto head = statements.log_head();
  known = head.position;
  const auto source = statements.restoring();
  auto view = statements.load(batch);
  const auto recorded_at = std::max(head.recorded_at, now());
  bool writes = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& set = *batch[i];
    *outcomes[i] = admit(set, view, {head.position.value + 1});
    const auto* done = std::get_if<committed>(outcomes[i]);
    if (!done || !detail::leaves_rows(set))
      continue;
    if (!source.empty()) {
      *outcomes[i] = detail::being_restored(source);
      continue;
    }
    statements.write(set, *done, recorded_at, view);
    writes = true;
    if (done->count > 0)
      head = {{head.position.value + done->count}, set.commit, recorded_at};
  }
  if (!writes)
    return std::nullopt;
  statements.flush(view, head);
  auto failed = commit(on);
  if (!failed) {
    told_ = {head.position, head.commit};
    watch_.show(head);
  }
  return failed;
}

auto writer::commit(connection& on) -> std::optional<failed_commit> {
  try {
    on.commit();
    fence_needed_ = false;
    return std::nullopt;
  } catch (const database_error& error) {
    failed_commit failed{.code = error.result(), .text = words_of(error)};
    if (on.in_transaction()) {
      on.roll_back();
      failed.rolled_back = true;
    }
    return failed;
  }
}

auto writer::is_incomplete(const failed_commit& error) const -> bool {
  return error.rolled_back || (is_write_error(error.code) && live_ && live_->powersafe);
}

void writer::resolve(const failed_commit& error, sets batch, slots outcomes, log_position known) {
  const auto fail_all = [&](const failure& of_writers, const failure& of_others) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto wrote =
        std::holds_alternative<committed>(*outcomes[i]) && detail::leaves_rows(*batch[i]);
      *outcomes[i] = wrote ? of_writers : of_others;
    }
  };
  const auto nothing_written = failure_of(file_, error.code, error.text, waited());
  if (error.rolled_back)
    return fail_all(nothing_written, nothing_written);
  const auto incomplete = is_incomplete(error);
  const auto fence_was_needed = std::exchange(fence_needed_, true);
  try {
    live_.reset();
    auto& [on, statements, powersafe] = live();
    write_transaction section{on};
    const auto found = is_there(statements, batch, outcomes, known);
    if (!found && incomplete) {
      fence_needed_ = fence_was_needed;
      return fail_all(nothing_written, nothing_written);
    }
    // What was not confirmed by the disk may be read back from memory only: it proves nothing.
    if (!found || !is_sync_error(error.code)) {
      statements.write_fence();
      if (!commit(on))
        return found ? void() : fail_all(nothing_written, nothing_written);
    }
  } catch (...) { // what stands in the way is told by the failure of the COMMIT
  }
  live_.reset();
  fail_all(unknown_outcome(error.text), nothing_written);
}

auto writer::unknown_outcome(std::string_view text) const -> failure {
  return {errc::outcome_unknown,
          fmt::format("{} did not confirm what was written to it ({}): it may or may not be there; "
                      "look it up, or do the same again under the same request id",
                      file_.string(), text)};
}

void writer::raise_failed(const failed_commit& error) {
  if (is_incomplete(error))
    throw database_error{error.text, error.code};
  fence_needed_ = true;
  throw store_error{unknown_outcome(error.text)};
}

auto writer::transact(std::span<const checkpoint_move> moves, const transaction_work& work)
  -> result<> {
  return transact([&](connection& on) -> result<> {
    if (auto moved = move_checkpoints(on, moves, now()); !moved || !work)
      return moved;
    spoiled_ = true; // unless the work gets to its end
    const at_work here{working_};
    auto done = do_work(on, work);
    spoiled_ = has_strange_tables(on);
    return done;
  });
}

auto writer::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  const std::lock_guard guard{lock_};
  try {
    auto& [on, statements, powersafe] = live();
    const write_transaction section{on};
    if (auto found = statements.find(set, known))
      return found;
    if (!fence_needed_)
      return std::nullopt;
    statements.write_fence();
    if (const auto error = commit(on))
      raise_failed(*error);
    return std::nullopt;
  } catch (const database_error& error) {
    auto failed = failure_now();
    drop_unless_sound(error.result());
    return std::unexpected{std::move(failed)};
  } catch (...) {
    auto failed = failure_now();
    live_.reset();
    return std::unexpected{std::move(failed)};
  }
}

} // namespace eventcore::sqlite
