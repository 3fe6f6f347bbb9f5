#include "eventcore/projection.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace eventcore {

void detail::add_stored_types(const kind_history& history, std::span<const bool> wanted,
                              std::vector<std::string>& to) {
  const auto add = [&](std::string_view type) {
    auto name = fmt::format("{}.{}", history.kind, type);
    if (std::ranges::find(to, name) == to.end())
      to.push_back(std::move(name));
  };
  const auto add_all_names = [&](const known_event& event) {
    add(event.type->name);
    for (const auto alias : event.aliases)
      add(alias);
  };
  bool any = false;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i]) {
      any = true;
      add_all_names(history.events[i]);
    }
  if (!any)
    return;
  for (const auto& one : history.upcasters)
    if (one.does == upcast::split) {
      add(one.type);
      if (const auto* event = history.find(one.type); event && event->type->name == one.type)
        add_all_names(*event);
    }
}

auto detail::cannot_take(std::string_view projection, const recorded_event& event, errc code,
                         std::string_view why) -> failure {
  return {code,
          fmt::format("projection '{}' cannot take event '{}' of stream {} at position {} (version "
                      "{}): {}",
                      projection, event.type, event.stream, event.position.value,
                      event.version.value, why)};
}

auto detail::is_of_event(errc code) -> bool {
  switch (code) {
  case errc::invalid_argument:
  case errc::rule_violated:
  case errc::conflict_retries_exhausted:
  case errc::codec_failed:
  case errc::not_found:
  case errc::handler_failed:
  case errc::discovery_exhausted:
  case errc::request_reused:
  case errc::archived:
    return true;
  case errc::version_conflict:
  case errc::overloaded:
  case errc::timed_out:
  case errc::store_unavailable:
  case errc::outcome_unknown:
  case errc::schema_mismatch:
  case errc::lease_lost:
  case errc::log_rewound:
  case errc::store_corrupt:
  case errc::read_only:
  case errc::shutting_down:
    return false;
  }
  return false;
}

// One guard around all events: guarding each would be paid with each.
auto any_projection::apply(std::span<const recorded_event> events,
                           const std::function<bool()>& is_late) const -> applied_events {
  applied_events done;
  const auto stop = [&](errc code, std::string_view why) {
    done.stopped_by = detail::cannot_take(name(), events[done.count], code, why);
  };
  try {
    while (done.count < events.size()) {
      if (const auto applied = type_->apply(object_.get(), events[done.count]); !applied) {
        stop(applied.error().code, applied.error().detail);
        break;
      }
      ++done.count;
      if (is_late && is_late())
        break;
    }
  } catch (const std::exception& thrown) {
    stop(errc::handler_failed, fmt::format("apply() threw: {}", thrown.what()));
  } catch (...) {
    stop(errc::handler_failed, "apply() threw something that is no std::exception");
  }
  return done;
}

auto any_projection::reset() const -> result<> {
  if (!type_->reset)
    return {};
  const auto threw = [&](std::string_view what) {
    return fail(errc::handler_failed,
                fmt::format("projection '{}' cannot begin anew: reset() threw: {}", name(), what));
  };
  try {
    type_->reset(object_.get());
    return {};
  } catch (const std::exception& thrown) {
    return threw(thrown.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

} // namespace eventcore
