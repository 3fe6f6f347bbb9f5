#include "world.hpp"

#include "commands.hpp"
#include "end_now.hpp"
#include "reply.hpp"
#include "run.hpp"
#include "trace.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/execute.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <utility>

#include <caf/all.hpp>
#include <fmt/format.h>

namespace harness {

namespace actors = eventcore::actors;
using namespace std::chrono_literals;

namespace {

auto silent() -> std::shared_ptr<spdlog::logger> {
  static const auto only = [] {
    auto made =
      std::make_shared<spdlog::logger>("harness", std::make_shared<spdlog::sinks::null_sink_st>());
    made->set_level(spdlog::level::off);
    return made;
  }();
  return only;
}

constexpr std::string_view ours = "eventcore.";

auto short_name(std::string_view name) -> std::string_view {
  return name.starts_with(ours) ? name.substr(ours.size()) : name;
}

} // namespace

testing_config::testing_config() {
  set("scheduler.policy", caf::atom("testing"));
  set("logger.inline-output", true);
}

world::world(const plan& planned, std::shared_ptr<ec::event_store> inner,
             std::vector<std::string>* trace)
    : plan_{planned}, by_{mixed(planned.seed, 0x574F524C)},
      by_snapshots_{mixed(planned.seed, 0x4B454550)}, trace_{trace}, system_{config_},
      scheduler_{dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())},
      calls_{plan_, mixed(planned.seed, 0x43414C4C)},
      watcher_{std::make_shared<watcher>(planned.settings.log_writer.max_batch)},
      context_{std::make_shared<actors::node_context>()} {
  scheduler_.clock().current_time += 1h;
  actors_before_ = system_.registry().running();
  support::fault_hooks hooks{
    .stranger =
      [this](ec::event_store& to, const ec::stream_id& stream) {
        let_stranger_write(to, number_of(stream.text()));
      },
    .on_append = [this](ec::write_batch batch) { watcher_->see_append(batch); },
    .on_told =
      [this](ec::write_batch batch, const std::vector<ec::append_outcome>& told) {
        watcher_->see_told(batch, told);
      },
    .on_found =
      [this](const ec::write_set& set, const ec::result<std::optional<ec::committed>>& found) {
        watcher_->see_found(set, found);
      }};
  store_ =
    std::make_shared<support::faulty_store>(std::move(inner), plan_.faults, std::move(hooks));
  context_->settings = plan_.settings;
  context_->store = store_;
  context_->log_source = store_;
  guard_ = std::make_shared<snapshot_guard>(store_, store_->inner(), watcher_);
  context_->snapshots = std::make_shared<ec::snapshots>(
    *guard_, plan_.settings.snapshot_defaults(),
    ec::snapshot_hooks{
      .on_saved = [this](auto&...) { watcher_->add("snapshot kept"); },
      .on_ignored = [this](auto&...) { watcher_->add("snapshot ignored"); },
      .on_failed = [this](auto&, auto&, auto& why) { watcher_->complain(why.text()); }},
    ec::snapshots::works::when_told);
  context_->watching = watcher_;
  context_->log = silent();
  context_->gate = std::make_shared<actors::command_gate>(plan_.most_in_gate);
  context_->ids = &ids_;
  context_->wall_clock = [this] {
    return ec::timestamp{std::chrono::floor<std::chrono::microseconds>(now().time_since_epoch())};
  };
  context_->random = [by = std::make_shared<dice>(mixed(plan_.seed, 0x52414E44))] {
    return static_cast<double>(by->below(1'000'000)) / 1e6;
  };
  context_->threads = false;
  node_ = system_.spawn(actors::node, context_);
  simulated_time() = [this] { return context_->wall_clock(); };
  follow();
}

world::~world() {
  *still_here_ = false;
  if (!stopped_)
    tear_down();
  rival_.reset();
  context_->followers->abandon(); // they hold handles of actors
  simulated_time() = nullptr;
}

// Something is broken, and may never end by itself.
void world::tear_down() {
  constexpr std::uint64_t most_steps = 100'000;
  system_.await_actors_before_shutdown(false);
  for (const auto& one : met_)
    if (const auto actor = caf::actor_cast<caf::strong_actor_ptr>(one.address))
      actors::end_now(actor);
  actors::end_now(node_);
  for (std::uint64_t i = 0; i < most_steps && run_one(); ++i) {
  }
  scheduler_.clock().cancel_all();
}

void world::say(std::string line) {
  if (trace_)
    trace_->push_back(fmt::format(
      "{:9.3f} ms  {}",
      std::chrono::duration<double, std::milli>{now().time_since_epoch() - 1h}.count(), line));
}

auto world::troubles() const -> std::uint64_t {
  // Who dies may leave each stream with an owner that has not heard of the latest.
  return deaths_ * plan_.streams + store_->fault_count() + watcher_->count("lapsed");
}

// -- one step -----------------------------------------------------------------

void world::step() {
  ++steps_;
  const bool may_start = playing_ && started_ < plan_.commands && in_flight() < plan_.in_flight;
  const auto start = [&] {
    ++started_;
    ask(calls_.make());
  };
  if (may_start && by_.chance(plan_.start_percent))
    return start();
  if (playing_ && deaths_ < plan_.deaths && by_.rarely(plan_.death_thousandths))
    let_one_die();
  if (playing_ && plan_.follow.is_on && plan_.follow.has_rival
      && by_.chance(plan_.follow.rival_percent))
    step_rival();
  if (plan_.settings.snapshots.every > 0)
    keep_snapshots();
  if (playing_ && by_.rarely(plan_.stranger_thousandths))
    let_stranger_write(store_->inner(), static_cast<std::uint32_t>(by_.below(plan_.streams)));
  if (by_.chance(plan_.timer_percent) && pass_time())
    return;
  if (run_one())
    return;
  if (may_start && (in_flight() == 0 || by_.chance(50)))
    return start();
  if (!pass_time() && in_flight() > 0)
    throw broken{
      fmt::format("{} commands are not answered, and nobody has anything to do", in_flight())};
}

auto world::pass_time() -> bool {
  if (!scheduler_.has_pending_timeout())
    return false;
  const auto before = now();
  scheduler_.trigger_timeout();
  if (scheduler_.has_job() && trace_)
    say("-- time passes --");
  if (!scheduler_.jobs.empty())
    lag_ += now() - before;
  return true;
}

auto world::choose_job() -> std::size_t {
  const auto& jobs = scheduler_.jobs;
  auto chosen = jobs.size() == 1 ? 0 : by_.below(jobs.size());
  if (plan_.slow.empty() || jobs.size() == 1)
    return chosen;
  for (int again = 0; again < 4; ++again) {
    const auto* actor = dynamic_cast<caf::scheduled_actor*>(jobs[chosen]);
    if (!actor || plan_.slow != actor->name())
      break;
    chosen = by_.below(jobs.size());
  }
  return chosen;
}

auto world::run_one() -> bool {
  auto& jobs = scheduler_.jobs;
  if (jobs.empty())
    return false;
  std::swap(jobs.front(), jobs[choose_job()]);
  if (auto* actor = dynamic_cast<caf::scheduled_actor*>(jobs.front())) {
    meet(*actor);
    fingerprint_ = mixed(fingerprint_, actor->id());
    if (trace_) {
      const auto* next = actor->mailbox().peek();
      say(fmt::format("{}#{} <- {}", short_name(actor->name()), actor->id(),
                      next ? describe(next->content()) : "-"));
    }
  }
  return scheduler_.try_run_once();
}

void world::meet(caf::scheduled_actor& actor) {
  if (!met_ids_.insert(actor.id()).second)
    return;
  const std::string_view name = actor.name();
  actor.set_exception_handler([this, name](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const support::store_thrown& planned) {
      ++deaths_;
      say(fmt::format("{} dies: {}", short_name(name), planned.what()));
    } catch (const std::exception& other) {
      watcher_->complain(fmt::format("{} threw: {}", name, other.what()));
    }
    return caf::sec::runtime_error;
  });
  if (name.starts_with(ours) && name != actors::node_state::name)
    met_.push_back({actor.address(), name});
}

void world::let_one_die() {
  std::erase_if(met_, [](const known_actor& one) {
    return caf::actor_cast<caf::strong_actor_ptr>(one.address) == nullptr;
  });
  if (met_.empty())
    return;
  // By role first: there are more streams than log writers.
  const auto role = met_[by_.below(met_.size())].name;
  std::vector<std::size_t> of_role;
  for (std::size_t i = 0; i < met_.size(); ++i)
    if (met_[i].name == role)
      of_role.push_back(i);
  const auto& chosen = met_[by_.one_of(of_role)];
  ++deaths_;
  watcher_->add(fmt::format("killed: {}", role));
  say(fmt::format("{}#{} is killed", short_name(role), chosen.address.id()));
  actors::end_now(caf::actor_cast<caf::strong_actor_ptr>(chosen.address));
}

void world::let_stranger_write(ec::event_store& inner, std::uint32_t stream) {
  auto& made = calls_.make_plain(stream);
  made.known = acknowledged_;
  const auto clocks = [this] { return ec::moment{context_->wall_clock(), now()}; };
  auto outcome = ec::execute(inner, made.command, made.options,
                             {.ids = &strangers_ids_, .now = clocks, .random = [] { return 0.5; }});
  if (!outcome)
    throw broken{"a stranger could not write: " + outcome.error().text()};
  record(made, std::move(outcome));
  say(
    fmt::format("a stranger writes to {} as call {}", stream_of(stream).id().text(), made.number));
}

// -- calls --------------------------------------------------------------------

void world::ask(call& made) {
  ++asked_;
  made.known = acknowledged_;
  made.at = now();
  made.lag = lag_;
  made.troubles = troubles();
  say(fmt::format("call {} {} begins{}", made.number, made.command.name(),
                  made.by_request ? ", by request" : ""));
  auto told = [this, &made, here = still_here_](ec::result<ec::executed> outcome) {
    if (!*here)
      return;
    if (!made.is_answered())
      ++answered_;
    record(made, std::move(outcome));
  };
  if (made.by_request) {
    system_.spawn([node = node_, &made, told](caf::event_based_actor* self) {
      self
        ->request(node, caf::infinite,
                  ec::execute_command{.command = made.command, .options = made.options})
        .then([told](ec::executed& done) { told(std::move(done)); },
              [told](caf::error& why) { told(std::unexpected{ec::to_failure(why)}); });
    });
    return;
  }
  if (auto entered = context_->gate->enter(); !entered)
    return told(std::unexpected{std::move(entered.error())});
  caf::anon_send(node_, actors::run_command{.command = made.command,
                                            .options = made.options,
                                            .answer = std::make_shared<actors::reply>(
                                              context_->gate, std::move(told))});
}

void world::record(call& made, ec::result<ec::executed> outcome) {
  ++made.answers;
  made.answered_at = now();
  made.answered_lag = lag_;
  made.answered_troubles = troubles();
  if (outcome)
    judge_awaited(made, *outcome);
  made.saw = notebook::open().of(made.number);
  made.head = ec::unwrap(store_->inner().head()).position;
  if (outcome && outcome->count > 0)
    acknowledged_ =
      std::max(acknowledged_, ec::log_position{outcome->first.value + outcome->count - 1});
  say(fmt::format("call {} is answered: {}", made.number,
                  outcome ? fmt::format("done, {} events at {}{}", outcome->count,
                                        outcome->first.value, outcome->repeated ? ", repeated" : "")
                          : outcome.error().text()));
  made.outcome = std::move(outcome);
}

} // namespace harness
