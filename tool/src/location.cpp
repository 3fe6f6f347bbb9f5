#include "session.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/actors/settings.hpp>

#include <cstdlib>
#include <optional>

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>

namespace tool {

namespace {

constexpr auto none_given =
  "no store is named: give --store URL (sqlite:FILE, postgresql://USER@HOST/DATABASE), set the "
  "environment variable EVENTCORE_STORE, or write eventcore.store into ./caf-application.conf";

/// The store that the configuration file in the working directory names.
auto from_file() -> ec::result<store_location> {
  ec::system_config config;
  if (const auto wrong = config.parse(caf::actor_system_config::string_list{}))
    return ec::fail(ec::errc::invalid_argument, ec::text_of(wrong));
  if (!caf::get_if<std::string>(&caf::content(config), "eventcore.store"))
    return ec::fail(ec::errc::invalid_argument, none_given);
  auto settings = ec::read_settings(config);
  if (!settings)
    return std::unexpected{std::move(settings.error())};
  return store_location{.url = settings->store, .settings = settings->store_defaults()};
}

auto from_environment() -> std::optional<std::string> {
  const char* const value = std::getenv("EVENTCORE_STORE");
  return value && *value != '\0' ? std::optional<std::string>{value} : std::nullopt;
}

} // namespace

auto locate_store(const common_arguments& given) -> ec::result<store_location> {
  ec::result<store_location> where;
  if (!given.store.empty())
    where->url = given.store;
  else if (auto url = from_environment())
    where->url = std::move(*url);
  else
    where = from_file();
  if (where) {
    if (!given.schema.empty())
      where->settings.postgres.schema = given.schema;
    where->settings.postgres.application_name = "eventcore command line";
    where->settings.postgres.statement_timeout = {}; // long work is what it is for
  }
  return where;
}

} // namespace tool
