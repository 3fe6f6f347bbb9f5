#include "eventcore/execution.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

constexpr std::uint32_t most_discovery_rounds = 16;

// Runs the user's code; what it throws becomes the command's failure.
template <class Run>
auto caught(std::string_view command, std::string_view function, const Run& run) -> result<> {
  const auto threw = [&](std::string_view what) {
    return fail(errc::handler_failed, fmt::format("{}::{}() threw: {}", command, function, what));
  };
  try {
    return run();
  } catch (const std::exception& thrown) {
    return threw(thrown.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

/// Whether a stream was there, and its events cannot be folded.
auto is_of_fold(errc code) -> bool {
  return code == errc::codec_failed || code == errc::archived || code == errc::handler_failed
         || code == errc::store_corrupt;
}

auto describe(const std::vector<mismatch>& streams) -> std::string {
  std::string text;
  for (const auto& [stream, expected, found] : streams)
    text += expected.version == found.version
              ? fmt::format("{}stream {} is at version {}, but by another commit",
                            text.empty() ? "" : "; ", stream, found.version.value)
              : fmt::format("{}stream {} was expected at version {} and found at {}",
                            text.empty() ? "" : "; ", stream, expected.version.value,
                            found.version.value);
  return text;
}

auto conflict_of(std::vector<mismatch> streams) -> failure {
  failure conflict{errc::version_conflict,
                   describe(streams)
                     + "; another command wrote to it meanwhile, nothing was written"};
  conflict.streams = std::move(streams);
  return conflict;
}

} // namespace

execution::execution(any_command command, execute_options options, id_source& ids,
                     std::function<double()> random, keep kept)
    : command_{std::move(command)}, options_{std::move(options)}, ids_{ids},
      random_{std::move(random)}, kept_{kept} {}

auto execution::start(const moment& now) -> action {
  began_ = now.steady;
  context_ = {.now = now.wall,
              .actor = options_.metadata.actor,
              .correlation = options_.metadata.correlation,
              .request = options_.request};
  if (auto valid = options_.retry.validate(); !valid)
    return finish(std::move(valid.error()));
  if (auto declared = command_.type().declare(command_.value(), read_); !declared)
    return finish(
      {declared.error().code, fmt::format("{}: {}", command_.name(), declared.error().detail)});
  if (options_.request) {
    const auto json = command_.type().canonical_json(command_.value());
    if (!json)
      return finish(
        {errc::invalid_argument,
         fmt::format("the command cannot carry a request id: {}", json.error().detail)});
    request_ = {*options_.request, digest_command(command_.name(), *json)};
  }
  read_.settle();
  return next_load();
}

auto execution::begin_attempt() -> action {
  rounds_ = 0;
  return reload();
}

// Rounds of discovery are not counted anew: a host that gives up again and again comes to their end.
auto execution::gave_up() -> action { return reload(); }

auto execution::reload() -> action {
  // Streams that were discovered before are likely to be needed again: they are loaded at once.
  const auto earlier = std::exchange(read_, {});
  static_cast<void>(command_.type().declare(command_.value(), read_)); // succeeded at the start
  read_.add_known(earlier.entries());
  read_.settle();
  return next_load();
}

auto execution::next_load() -> action { return load{read_.missing()}; }

auto execution::loaded(std::vector<stream_state> states, const moment& now) -> action {
  read_.fill(std::move(states));
  if (auto stale = find_stale())
    return try_again(std::move(*stale), now, false);
  return go_on(now);
}

auto execution::load_failed(failure why, const moment& now) -> action {
  if (why.code == errc::store_unavailable)
    return try_again(std::move(why), now, false);
  // What was done once is told again, also by a program that cannot read the streams any more.
  if (request_ && is_of_fold(why.code))
    return answer(std::move(why), now);
  return finish(std::move(why));
}

auto execution::go_on(const moment& now) -> action {
  if (command_.type().discover) {
    auto more = discover();
    if (more && *more)
      return next_load();
    read_.drop_unneeded();
    if (!more)
      return answer(std::move(more.error()), now);
  }
  return decide(now);
}

// True when streams must be loaded before the decision.
auto execution::discover() -> result<bool> {
  for (;;) {
    boundary found;
    auto outcome = caught(command_.name(), "discover", [&] {
      return command_.type().discover(command_.value(), read_, context_, found);
    });
    if (!outcome)
      return std::unexpected{std::move(outcome.error())};
    for (const auto& entry : found.entries())
      if (auto added = read_.add(entry.wanted.stream, *entry.wanted.view, true); !added)
        return std::unexpected{std::move(added.error())};
    if (!read_.settle())
      return false;
    // A stream that is loaded already is no news: discover again without loading. That comes to an
    // end, since each time more of the loaded ones are needed.
    if (std::ranges::all_of(read_.entries(), &boundary::entry::loaded))
      continue;
    if (++rounds_ > most_discovery_rounds)
      return fail(
        errc::discovery_exhausted,
        fmt::format("{}::discover() still found new streams after {} rounds; each round may "
                    "build on the states of the one before, but it must come to an end",
                    command_.name(), most_discovery_rounds));
    return true;
  }
}

auto execution::decide(const moment& now) -> action {
  if (auto expected = check_expected(); !expected)
    return answer(std::move(expected.error()), now);
  emission out{read_, ids_, context_.now, kept_ == keep::values_too};
  auto decided = caught(command_.name(), "handle", [&] {
    return command_.type().decide(command_.value(), read_, context_, out);
  });
  if (!decided)
    return answer(std::move(decided.error()), now);
  if (out.failed())
    return answer(
      {out.failed()->code, fmt::format("{}::handle(): {}", command_.name(), out.failed()->detail)},
      now);
  answer_.reset();
  return submit(std::move(out.events()), std::move(out.values()), now);
}

auto execution::check_expected() const -> result<> {
  std::vector<mismatch> elsewhere;
  for (const auto& [stream, version] : options_.expected) {
    const auto* entry = read_.find(stream);
    if (!entry)
      return fail(errc::invalid_argument,
                  fmt::format("{}: stream {} is expected at version {}, but it is not one of the "
                              "command's streams",
                              command_.name(), stream, version.value));
    if (entry->state.head.version != version)
      elsewhere.push_back({stream, {version, {}}, entry->state.head});
  }
  if (elsewhere.empty())
    return {};
  failure changed{
    errc::version_conflict,
    fmt::format("{}; it has changed since the caller read it: read it again and decide anew",
                describe(elsewhere))};
  changed.streams = std::move(elsewhere);
  return std::unexpected{std::move(changed)};
}

auto execution::submit(std::vector<new_event> events, std::vector<event_value> values,
                       const moment& now) -> action {
  if (now.steady - began_ >= options_.command_deadline)
    return finish(expire("its decision"));
  auto set = std::make_shared<write_set>();
  set->commit = ids_.next_commit();
  set->reads = read_.expectations();
  set->events = std::move(events);
  set->metadata = options_.metadata;
  set->effect = answer_ ? effect::answer : effect::commit;
  set->request = request_;
  read_.drop_states();
  return append{std::move(set), std::move(values)};
}

auto execution::answer(failure why, const moment& now) -> action {
  answer_ = std::move(why);
  return submit({}, {}, now);
}

auto execution::appended(append_outcome outcome, const moment& now, bool cascades) -> action {
  if (const auto* written = std::get_if<committed>(&outcome))
    return answer_ ? finish(std::move(*answer_)) : finish(*written, false);
  if (const auto* repeated = std::get_if<duplicate>(&outcome))
    return finish(repeated->original, true);
  if (auto* conflict = std::get_if<refused>(&outcome)) {
    conflict_ = conflict->streams;
    return try_again(conflict_of(std::move(conflict->streams)), now, cascades);
  }
  auto& failed = std::get<failure>(outcome);
  if (failed.code == errc::store_unavailable)
    return try_again(std::move(failed), now, false);
  return finish(std::move(failed));
}

auto execution::try_again(failure why, const moment& now, bool cascades) -> action {
  if (cascades)
    return begin_attempt();
  const auto& policy = options_.retry;
  const auto delay = policy.delay_after(attempt_, random_());
  const auto elapsed = now.steady - began_;
  const bool too_late = policy.total && elapsed + delay > *policy.total;
  if (attempt_ > policy.retries || too_late) {
    if (why.code == errc::version_conflict && policy.retries > 0) {
      why.code = errc::conflict_retries_exhausted;
      why.detail = fmt::format(
        "{} was given up after {} attempts{}, the last of which met a conflict: {}; try again "
        "later, or allow more retries",
        command_.name(), attempt_, too_late ? " within the total time of its retry policy" : "",
        describe(why.streams));
    }
    return finish(std::move(why));
  }
  if (elapsed + delay >= options_.command_deadline)
    return finish(expire(fmt::format("another attempt, after: {}", why.detail)));
  if (policy.on_retry)
    policy.on_retry({.command = command_.name(),
                     .attempt = attempt_,
                     .delay = delay,
                     .why = why,
                     .streams = why.streams});
  ++attempt_;
  return wait{delay};
}

auto execution::woke(const moment&) -> action { return begin_attempt(); }

auto execution::withdrawn(failure why) -> action { return finish(std::move(why)); }

auto execution::expire(std::string_view phase) const -> failure {
  failure late{errc::timed_out,
               fmt::format("{} did not end within its command-deadline of {} ms: in attempt {} it "
                           "waited for {}; nothing was written",
                           command_.name(), options_.command_deadline.count(), attempt_, phase)};
  late.attempts = attempt_;
  return late;
}

// After a conflict a reload must reach what the conflict found, else the read came from before it.
auto execution::find_stale() const -> std::optional<failure> {
  for (const auto& [stream, expected, found] : conflict_) {
    const auto entry =
      std::ranges::find(read_.entries(), stream, [](const boundary::entry& e) -> const stream_id& {
        return e.wanted.stream;
      });
    if (entry != read_.entries().end() && entry->loaded
        && entry->state.head.version < found.version) {
      failure stale{
        errc::version_conflict,
        fmt::format("stream {} was at version {} when the last attempt was refused, and "
                    "reading it again gave version {}",
                    stream, found.version.value, entry->state.head.version.value)};
      stale.streams = {{stream, entry->state.head, found}};
      return stale;
    }
  }
  return std::nullopt;
}

auto execution::finish(failure why) const -> action {
  why.attempts = attempt_;
  return done{std::unexpected{std::move(why)}};
}

auto execution::finish(const committed& written, bool repeated) const -> action {
  return done{executed{.commit = written.commit,
                       .first = written.first,
                       .count = written.count,
                       .streams = written.streams,
                       .attempts = attempt_,
                       .repeated = repeated}};
}

} // namespace eventcore
