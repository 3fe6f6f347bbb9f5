#include "eventcore/projection_host.hpp"

#include "projection_driver.hpp"
#include "system_environment.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace eventcore {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A dead letter is marked in the database, maybe by another program.
constexpr milliseconds letters_are_looked_at_every{2'000};
constexpr std::size_t letters_at_once = 100;

// After a failure of a rebuild that may pass.
constexpr milliseconds rebuild_pause{200};

constexpr milliseconds longest_rest{60'000};

auto may_pass(errc code) -> bool {
  return is_retriable(code) || code == errc::store_unavailable || code == errc::outcome_unknown;
}

} // namespace

class projection_host::state {
public:
  state(event_store& store, std::shared_ptr<applier> into, projection_options options,
        const environment& around)
      : store_{store}, into_{std::move(into)}, options_{std::move(options)}, around_{around} {
    if (into_->is_shared() && !options_.from && options_.takeover.count() > 0)
      leadership_.emplace(fmt::format("projection/{}", name()), options_.takeover);
  }

  ~state() {
    beside_.reset();
    main_.reset();
    give_lease_back();
  }

  auto step() -> next {
    if (stop_ && !main_)
      return end(status());
    rest_ = {.at_most = longest_rest, .known = std::nullopt};
    const auto leads = !leadership_ || lead();
    if (fatal_)
      return end(std::unexpected{*fatal_});
    if (!leads)
      return stand_by();
    if (!main_)
      begin();
    follow_requests();
    if (!paused_)
      look_at_letters();
    auto came = main_->step(claim());
    if (auto* over = std::get_if<ended>(&came))
      return end_of_run(std::move(over->outcome));
    note(came);
    if (!paused_)
      step_beside();
    if (rest_.at_most.count() <= 0)
      return again{};
    return rest_;
  }

  void pause() {
    paused_ = true;
    if (main_)
      main_->requests().pause();
  }

  void resume() {
    paused_ = false;
    if (main_)
      main_->requests().resume();
  }

  void stop() {
    stop_ = true;
    if (main_)
      main_->requests().stop();
  }

  void reset(log_position to) {
    reset_to_ = to;
    rebuild_ = false;
  }

  auto rebuild() -> result<> {
    if (!into_->rebuilds_beside() && !into_->type().reset)
      return fail(errc::invalid_argument,
                  fmt::format("projection '{}' cannot be rebuilt: it has no reset(), which empties "
                              "what it made before",
                              name()));
    rebuild_ = true;
    reset_to_.reset();
    return {};
  }

  void retry_dead_letters() { letters_due_ = {}; }

  auto unfinished_reset() const -> std::optional<projection_run::asked_reset> {
    if (reset_to_)
      return projection_run::asked_reset{*reset_to_};
    if (rebuild_)
      return projection_run::asked_reset{.rebuilds = true};
    return main_ ? main_->requests().unfinished_reset() : std::nullopt;
  }

  auto status() const -> projection_status {
    auto shown = main_ ? main_->status() : last_status_;
    shown.name = name();
    if (!main_)
      shown.state = stop_ ? projection_state::stopped : without_run_;
    if (last_failure_ && !shown.last_failure)
      shown.last_failure = last_failure_;
    if (beside_)
      shown.rebuilt = beside_->status().reached.position;
    return shown;
  }

private:
  auto name() const -> std::string_view { return into_->type().name; }
  auto now() const -> std::chrono::steady_clock::time_point {
    return around_.now ? around_.now().steady : system_moment().steady;
  }

  void rest_at_most(microseconds time) { rest_.at_most = std::min(rest_.at_most, time); }

  void note_failure(failure why) { last_failure_ = std::move(why); }

  // -- the lease ----------------------------------------------------------------

  /// Whether this program leads, once what is due of its lease was done.
  auto lead() -> bool {
    const auto asked = now();
    const auto due = leadership_->next(asked);
    if (const auto* acquire = std::get_if<leadership::acquire>(&due)) {
      const auto before = leadership_->token();
      const auto got = store_.acquire_lease(leadership_->name(), acquire->term);
      if (!got)
        cannot_lead(got.error());
      leadership_->acquired(got, asked, now());
      const auto& token = leadership_->token();
      if (!before || !token || token->epoch != before->epoch + 1) // another one led meanwhile
        drop_run();
    } else if (const auto* renew = std::get_if<leadership::renew>(&due)) {
      const auto renewed = store_.renew_lease(leadership_->name(), renew->token, renew->term);
      if (!renewed)
        note_failure(renewed.error());
      leadership_->renewed(renewed, asked, now());
    }
    const auto time = now();
    const auto then = leadership_->next(time);
    const auto* nothing = std::get_if<leadership::nothing>(&then);
    rest_at_most(nothing ? nothing->at_most : microseconds{0});
    return leadership_->leads(time);
  }

  // Another attempt would meet the same unless the failure passes.
  void cannot_lead(failure why) {
    why.detail = fmt::format("projection '{}' cannot take its lease: {}", name(), why.detail);
    if (!may_pass(why.code))
      fatal_ = why;
    note_failure(std::move(why));
  }

  auto claim() const -> std::optional<lease_claim> {
    if (!leadership_ || !leadership_->token())
      return std::nullopt;
    return lease_claim{leadership_->name(), *leadership_->token()};
  }

  void give_lease_back() {
    if (!leadership_ || !leadership_->token())
      return;
    // One that cannot be given back now ends with its term.
    static_cast<void>(store_.release_lease(leadership_->name(), *leadership_->token()));
    leadership_->released();
  }

  /// Another program leads. A run to the head ends when that one has come so far.
  auto stand_by() -> next {
    drop_run();
    without_run_ = projection_state::standing_by;
    if (rest_.at_most.count() <= 0)
      return again{};
    if (options_.until == run_until::stopped)
      return rest_;
    if (!goal_)
      if (const auto head = store_.head())
        goal_ = *head;
    const auto kept = into_->load(store_);
    if (!goal_ || !kept)
      return rest_;
    const auto at = kept->value_or(checkpoint{});
    if (at.position < goal_->position)
      return rest_;
    last_status_.reached = at;
    last_status_.saved = at.position;
    last_status_.head = *goal_;
    without_run_ = projection_state::stopped;
    return end(status());
  }

  // -- the run ------------------------------------------------------------------

  void begin() {
    main_ = std::make_unique<projection_driver>(store_, into_, options_, around_);
    if (paused_)
      main_->requests().pause();
    if (stop_)
      main_->requests().stop();
    looks_for_rebuild_ = into_->rebuilds_beside();
  }

  void drop_run() {
    if (!main_)
      return;
    last_status_ = main_->status();
    if (const auto asked = unfinished_reset()) {
      rebuild_ = asked->rebuilds;
      reset_to_ = rebuild_ ? std::nullopt : std::optional{asked->to};
    }
    main_.reset();
    beside_.reset();
  }

  void follow_requests() {
    if (reset_to_)
      main_->requests().reset(*std::exchange(reset_to_, std::nullopt));
    if (rebuild_ && into_->rebuilds_beside())
      begin_beside();
    else if (std::exchange(rebuild_, false))
      static_cast<void>(main_->requests().rebuild()); // `rebuild` looked whether it can be
  }

  void note(const next& came) {
    const auto* resting = std::get_if<rest>(&came);
    rest_at_most(resting ? resting->at_most : microseconds{0});
    if (resting)
      rest_.known = resting->known;
  }

  auto end_of_run(result<projection_status> outcome) -> next {
    if (leadership_ && !outcome && outcome.error().code == errc::lease_lost) {
      note_failure(std::move(outcome.error()));
      drop_run();
      leadership_->released();
      return again{};
    }
    return end(std::move(outcome));
  }

  auto end(result<projection_status> outcome) -> next {
    give_lease_back();
    return ended{std::move(outcome)};
  }

  void look_at_letters() {
    const auto time = now();
    if (time < letters_due_ || !main_->is_placed())
      return;
    letters_due_ = time + letters_are_looked_at_every;
    const auto letters =
      store_.list_dead_letters({.projection = name(), .to_retry = true, .limit = letters_at_once});
    if (!letters) // the run meets the same
      return;
    for (const auto& letter : *letters)
      if (auto tried = main_->retry(letter, claim()); !tried)
        return note_failure(std::move(tried.error()));
  }

  // -- a rebuild beside what serves ---------------------------------------------

  void begin_beside() {
    if (now() < beside_not_before_)
      return rest_at_most(rebuild_pause);
    beside_.reset();
    if (auto begun = into_->begin_rebuild(store_, claim()); !begun) {
      rebuild_ = may_pass(begun.error().code);
      return pause_beside(std::move(begun.error()));
    }
    rebuild_ = false;
    looks_for_rebuild_ = true;
  }

  void step_beside() {
    if (looks_for_rebuild_ && !beside_)
      find_beside();
    if (!beside_)
      return;
    auto came = beside_->step(claim());
    if (auto* over = std::get_if<ended>(&came)) {
      beside_.reset();
      if (over->outcome)
        finish_beside();
      else
        fail_beside(std::move(over->outcome.error()));
    } else {
      const auto* resting = std::get_if<rest>(&came);
      rest_at_most(resting ? resting->at_most : microseconds{0});
    }
  }

  void find_beside() {
    if (now() < beside_not_before_)
      return rest_at_most(rebuild_pause);
    auto found = into_->find_rebuild(store_);
    if (!found)
      return fail_beside(std::move(found.error()));
    looks_for_rebuild_ = false;
    if (!*found)
      return;
    auto options = options_;
    options.until = run_until::head;
    beside_ = std::make_unique<projection_driver>(store_, std::move(*found), options, around_);
  }

  void finish_beside() {
    const auto done = into_->finish_rebuild(store_, claim());
    if (!done)
      return fail_beside(done.error());
    rest_at_most(microseconds{0});
    if (*done)
      main_->requests().reload();
    else
      looks_for_rebuild_ = true; // what serves went on meanwhile
  }

  // What was rebuilt stays, and the next leader goes on with it.
  void fail_beside(failure why) {
    looks_for_rebuild_ = may_pass(why.code) || why.code == errc::version_conflict;
    pause_beside(std::move(why));
  }

  void pause_beside(failure why) {
    note_failure(std::move(why));
    beside_not_before_ = now() + rebuild_pause;
    rest_at_most(rebuild_pause);
  }

  event_store& store_;
  const std::shared_ptr<applier> into_;
  const projection_options options_;
  const environment& around_;
  std::optional<leadership> leadership_; // none where each program has a read model of its own

  std::unique_ptr<projection_driver> main_; // none while another program leads
  projection_status last_status_;           // of the last run
  projection_state without_run_ = projection_state::starting;
  std::optional<log_head> goal_; // of a run that ends at the head, while standing by
  rest rest_;                    // what this step comes to
  std::optional<failure> last_failure_;
  std::optional<failure> fatal_;

  // -- requests, kept over a change of the leader
  bool paused_ = false;
  bool stop_ = false;
  std::optional<log_position> reset_to_;
  bool rebuild_ = false;

  std::chrono::steady_clock::time_point letters_due_{};

  std::unique_ptr<projection_driver> beside_; // fills the new read model of a rebuild
  bool looks_for_rebuild_ = false;
  std::chrono::steady_clock::time_point beside_not_before_{};
};

projection_host::projection_host(event_store& store, std::shared_ptr<applier> into,
                                 projection_options options, const environment& around)
    : state_{std::make_unique<state>(store, std::move(into), std::move(options), around)} {}

projection_host::~projection_host() = default;

auto projection_host::step() -> next { return state_->step(); }
void projection_host::pause() { state_->pause(); }
void projection_host::resume() { state_->resume(); }
void projection_host::stop() { state_->stop(); }
void projection_host::reset(log_position to) { state_->reset(to); }
auto projection_host::rebuild() -> result<> { return state_->rebuild(); }
void projection_host::retry_dead_letters() { state_->retry_dead_letters(); }
auto projection_host::unfinished_reset() const -> std::optional<projection_run::asked_reset> {
  return state_->unfinished_reset();
}
auto projection_host::status() const -> projection_status { return state_->status(); }

} // namespace eventcore
