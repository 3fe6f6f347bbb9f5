#include "eventcore/projection_run.hpp"

#include <utility>

#include <fmt/format.h>

// What a run does about failures.
namespace eventcore {

auto projection_run::passes(errc code) -> bool {
  return code == errc::store_unavailable || code == errc::overloaded || code == errc::timed_out;
}

// No event is to blame: each that followed would meet the same, and would be given up.
auto projection_run::ends_run(errc code) -> bool {
  switch (code) {
  case errc::lease_lost:
  case errc::log_rewound:
  case errc::shutting_down:
  case errc::store_corrupt:
  case errc::schema_mismatch:
  case errc::read_only:
    return true;
  default:
    return false;
  }
}

auto projection_run::cannot(std::string_view what, failure why) const -> failure {
  why.detail = fmt::format("projection '{}' cannot {}: {}", type_.name, what, why.detail);
  return why;
}
// The delay before another attempt; nothing when the policy allows none.
auto projection_run::delay_after(attempts& failed, const retry_policy& policy, const failure& why,
                                 const moment& now) const
  -> std::optional<std::chrono::microseconds> {
  if (failed.count++ == 0)
    failed.first_failed = now.steady;
  if (failed.count > policy.retries)
    return std::nullopt;
  const auto delay = policy.delay_after(failed.count, random_());
  if (policy.total && now.steady + delay - failed.first_failed > *policy.total)
    return std::nullopt;
  if (policy.on_retry)
    policy.on_retry({.command = type_.name,
                     .attempt = failed.count,
                     .delay = delay,
                     .why = why,
                     .streams = why.streams});
  return delay;
}

void projection_run::tell(const failure& why, projection_trouble::step next,
                          const recorded_event* event, const attempts& failed,
                          std::chrono::microseconds delay) const {
  if (options_.on_trouble)
    options_.on_trouble({.projection = type_.name,
                         .why = why,
                         .next = next,
                         .event = event,
                         .attempt = failed.count,
                         .delay = delay});
}

auto projection_run::event_failed(failure why, const moment& now) -> action {
  using step = projection_trouble::step;
  ++failures_;
  last_failure_ = why;
  const auto* event = &remaining().front();
  const auto unreadable = why.code == errc::codec_failed;
  static const auto once = retry_policy::never();
  if (const auto delay =
        delay_after(event_attempts_, unreadable ? once : options_.retry, why, now)) {
    not_before_ = now.steady + *delay;
    tell(why, step::try_again, event, event_attempts_, *delay);
    return go_on(now);
  }
  switch (unreadable ? options_.unreadable : options_.failing) {
  case give_up::skip:
    tell(why, step::skip, event, event_attempts_);
    ++skipped_;
    pass_event(now);
    break;
  case give_up::park:
    tell(why, step::park, event, event_attempts_);
    letter_ = std::move(why);
    break;
  case give_up::stop:
    tell(why, step::stop, event, event_attempts_);
    why.attempts = event_attempts_.count;
    finish(std::unexpected{std::move(why)}, true);
    break;
  }
  return go_on(now);
}

auto projection_run::store_failed(std::string_view what, failure why, const moment& now) -> action {
  using step = projection_trouble::step;
  ++failures_;
  why = cannot(what, std::move(why));
  last_failure_ = why;
  // To save or to lay aside once more does no harm.
  const auto delay = passes(why.code) || why.code == errc::outcome_unknown
                         || (keeps() && why.code == errc::version_conflict)
                       ? delay_after(store_attempts_, options_.store, why, now)
                       : std::nullopt;
  tell(why, delay ? step::try_again : step::stop, nullptr, store_attempts_,
       delay.value_or(std::chrono::microseconds{}));
  if (delay)
    not_before_ = now.steady + *delay;
  else
    finish(std::unexpected{std::move(why)}, false);
  return go_on(now);
}

} // namespace eventcore
