#include "session.hpp"

#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <fmt/format.h>

namespace tool {

auto session::open(access how) const -> ec::result<std::shared_ptr<ec::event_store>> {
  return open([how](ec::store_settings& settings) {
    settings.read_only = how == access::read;
    settings.create = how == access::create;
  });
}

auto session::open(const std::function<void(ec::store_settings&)>& change) const
  -> ec::result<std::shared_ptr<ec::event_store>> {
  auto where = location();
  if (!where)
    return std::unexpected{std::move(where.error())};
  if (where->url.starts_with("memory:"))
    return ec::fail(ec::errc::invalid_argument,
                    "a store in memory is only there within the program that made it; name one on "
                    "disk (sqlite:FILE) or on a server (postgresql://...)");
  where->settings.migrate = false;
  change(where->settings);
  ec::backends known;
  ec::postgres::add_to(known);
  ec::sqlite::add_to(known);
  return known.open(where->url, where->settings);
}

auto session::refuse(std::string_view text) const -> exit_code {
  complain(fmt::format("{}; nothing was done, --yes does it", text));
  return exit_code::refused;
}

} // namespace tool
