#include "writer.hpp"

#include "new_rows.hpp"
#include "restoring.hpp"
#include "schema.hpp"

#include "eventcore/detail/append_batch.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long a commit of unknown outcome is looked for while the database is away.
constexpr milliseconds longest_search = std::chrono::seconds{10};
constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{1'000};

const statement find_told{"find_told",
                          "SELECT FROM events WHERE position = $1::int8 AND commit_id = $2::uuid"};

auto holds(connection& on, const checkpoint& at) -> bool {
  if (at.position.value == 0)
    return true;
  trip asking{on};
  asking.add(find_told, parameters{}.position(at.position.value).id(at.commit.bytes));
  asking.send();
  return !asking.answer().is_empty();
}

auto check_can_be_read(const write_set& set) -> result<> {
  for (const auto& event : set.events)
    if (event.encoding == encoding::json)
      if (auto good = postgres::check_can_be_read(event.payload); !good)
        return good;
  return {};
}

auto unknown_outcome(const address& where, const failed_commit& error) -> failure {
  const auto words = where.scrub(error.error.words());
  if (error.there)
    return {errc::outcome_unknown,
            fmt::format("{} wrote it, but warned: {}; it is not as safe as the server's settings "
                        "ask for, look it up later, or do the same again under the same request id",
                        where.name(), words)};
  return {errc::outcome_unknown,
          fmt::format("{} did not confirm what was written to it ({}): it may or may not be there; "
                      "look it up, or do the same again under the same request id",
                      where.name(), words)};
}

} // namespace

writer::writer(connector& from, store_settings settings, detail::head_watch& watch)
    : from_{from}, settings_{std::move(settings)}, watch_{watch} {}

void writer::open() {
  const std::lock_guard guard{lock_};
  auto opened = connect();
  auto& on = *opened->on;
  migrate(on, from_.where(), migrations(), settings_);
  require_rights(on, from_.where(), true);
  require_heads(on, from_.where());
  live_ = std::move(opened);
}

auto writer::connect() -> std::unique_ptr<live_connection> {
  return std::make_unique<live_connection>(from_.connect(purpose::writing), from_.where().schema());
}

// R18. A server that was restored, or a standby that took over, may not hold what was told.
auto writer::live() -> live_connection& {
  if (live_ && !live_->on->is_alive())
    live_.reset();
  if (!live_) {
    auto opened = connect();
    if (!holds(*opened->on, told_))
      raise(errc::log_rewound,
            fmt::format("{} no longer holds commit {} at position {}, which this program wrote: an "
                        "older state of the database took its place; nothing was written, open it "
                        "again and rebuild what was read from it",
                        from_.where().name(), told_.commit.text(), told_.position.value));
    live_ = std::move(opened);
  }
  return *live_;
}

void writer::settle() noexcept {
  if (!live_)
    return;
  try {
    live_->statements.give_up();
  } catch (...) {
    live_.reset();
  }
}

auto writer::append(write_batch batch) -> std::vector<append_outcome> {
  std::vector<append_outcome> outcomes(
    batch.size()); // the one thing that cannot be answered without memory
  detail::valid_sets valid;
  try {
    valid = detail::pick_valid(batch, settings_.bounds, outcomes);
  } catch (...) {
    std::ranges::fill(outcomes, append_outcome{current_failure(from_.where())});
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
    const auto failed = current_failure(from_.where());
    settle();
    if (!is_data_error(error) || batch.size() == 1)
      return fail_all(failed);
    // One of them is what the database does not take: each half by itself, so that in the end it
    // fails alone, and every other is admitted anew.
    const auto half = batch.size() / 2;
    append_all(batch.first(half), outcomes.first(half));
    append_all(batch.subspan(half), outcomes.subspan(half));
  } catch (...) {
    fail_all(current_failure(from_.where()));
    settle();
  }
}

void writer::append_once(sets batch, slots outcomes) {
  const auto sent = write(batch, outcomes);
  if (sent.failed)
    resolve(sent, batch, outcomes);
}

auto writer::write(sets batch, slots outcomes) -> sent_batch {
  auto& statements = live().statements;
  auto [head, server_time, restoring, view] = statements.enter(batch);
  const auto known = head.position;
  const auto recorded_at =
    std::max(head.recorded_at, settings_.clock ? settings_.clock() : server_time);
  bool writes = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& set = *batch[i];
    *outcomes[i] = admit(set, view, {head.position.value + 1});
    const auto* done = std::get_if<committed>(outcomes[i]);
    if (!done || !detail::leaves_rows(set))
      continue;
    if (!restoring.empty()) {
      *outcomes[i] = detail::being_restored(restoring);
      continue;
    }
    if (auto good = check_can_be_read(set); !good) {
      *outcomes[i] = std::move(good.error());
      continue;
    }
    statements.write(set, *done, recorded_at, view);
    writes = true;
    if (done->count > 0)
      head = {{head.position.value + done->count}, set.commit, recorded_at};
  }
  if (!writes) {
    statements.give_up();
    return {.failed = std::nullopt, .known = known, .head = head};
  }
  auto failed = statements.leave(view, head);
  if (!failed)
    note_committed(head);
  return {.failed = std::move(failed), .known = known, .head = head};
}

void writer::note_committed(const log_head& head) {
  told_ = {head.position, head.commit};
  watch_.show(head);
}

// R9. Until it is known what became of the batch, nothing else is written.
void writer::resolve(const sent_batch& sent, sets batch, slots outcomes) {
  const auto& error = *sent.failed;
  const auto fail_all = [&](const failure& of_writers, const failure& of_others) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto wrote =
        std::holds_alternative<committed>(*outcomes[i]) && detail::leaves_rows(*batch[i]);
      *outcomes[i] = wrote ? of_writers : of_others;
    }
  };
  const auto nothing_written = failure_of(from_.where(), error.error);
  if (error.rolled_back) {
    settle();
    return fail_all(nothing_written, nothing_written);
  }
  live_.reset();
  if (error.there)
    return fail_all(unknown_outcome(from_.where(), error), nothing_written);
  const auto deadline = steady_clock::now() + longest_search;
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    try {
      if (!is_there(batch, outcomes, sent.known))
        return fail_all(nothing_written, nothing_written);
      return note_committed(sent.head);
    } catch (const store_error& obstacle) {
      live_.reset();
      if (obstacle.failed.code == errc::log_rewound)
        break;
    } catch (...) { // what stands in the way is told by the failure of the COMMIT
      live_.reset();
    }
    if (steady_clock::now() + pause >= deadline)
      break;
    std::this_thread::sleep_for(pause);
  }
  fail_all(unknown_outcome(from_.where(), error), nothing_written);
}

// Whether a batch, which is there as a whole or not at all, is in the log.
auto writer::is_there(sets batch, slots outcomes, log_position known) -> bool {
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (std::holds_alternative<committed>(*outcomes[i]) && detail::leaves_rows(*batch[i]))
      return live().statements.find(*batch[i], known).has_value();
  return false;
}

auto writer::restore(const restore_batch& part, const detail::restored_part& streams) -> result<> {
  const std::lock_guard guard{lock_};
  try {
    auto done = postgres::restore(*live().on, from_.where().schema(), part, streams);
    if (!done)
      return std::unexpected{std::move(done.error())};
    note_committed(*done);
    return {};
  } catch (...) {
    auto failed = current_failure(from_.where());
    if (failed.code == errc::outcome_unknown)
      live_.reset();
    settle();
    return std::unexpected{std::move(failed)};
  }
}

auto writer::find_commit(const write_set& set, log_position known)
  -> result<std::optional<committed>> {
  const std::lock_guard guard{lock_};
  try {
    return live().statements.find(set, known);
  } catch (...) {
    auto failed = current_failure(from_.where());
    settle();
    return std::unexpected{std::move(failed)};
  }
}

} // namespace eventcore::postgres
