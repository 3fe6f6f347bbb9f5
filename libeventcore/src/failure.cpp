#include "eventcore/failure.hpp"

#include <fmt/format.h>

namespace eventcore {

auto to_string(errc code) -> std::string_view {
  switch (code) {
  case errc::invalid_argument:
    return "invalid_argument";
  case errc::rule_violated:
    return "rule_violated";
  case errc::version_conflict:
    return "version_conflict";
  case errc::conflict_retries_exhausted:
    return "conflict_retries_exhausted";
  case errc::overloaded:
    return "overloaded";
  case errc::timed_out:
    return "timed_out";
  case errc::store_unavailable:
    return "store_unavailable";
  case errc::outcome_unknown:
    return "outcome_unknown";
  case errc::codec_failed:
    return "codec_failed";
  case errc::schema_mismatch:
    return "schema_mismatch";
  case errc::not_found:
    return "not_found";
  case errc::lease_lost:
    return "lease_lost";
  case errc::log_rewound:
    return "log_rewound";
  case errc::handler_failed:
    return "handler_failed";
  case errc::discovery_exhausted:
    return "discovery_exhausted";
  case errc::request_reused:
    return "request_reused";
  case errc::store_corrupt:
    return "store_corrupt";
  case errc::read_only:
    return "read_only";
  case errc::shutting_down:
    return "shutting_down";
  case errc::archived:
    return "archived";
  }
  return "unknown";
}

auto is_retriable(errc code) -> bool {
  switch (code) {
  case errc::version_conflict:
  case errc::conflict_retries_exhausted:
  case errc::overloaded:
  case errc::timed_out:
  case errc::store_unavailable:
  case errc::shutting_down:
    return true;
  default:
    return false;
  }
}

auto failure::text() const -> std::string { return fmt::format("{}: {}", to_string(code), detail); }

} // namespace eventcore
