#include "eventcore/stores/postgres.hpp"

#include "address.hpp"
#include "errors.hpp"
#include "postgres_store.hpp"

#include <utility>

namespace eventcore::postgres {

auto open(std::string_view url, const store_settings& settings)
  -> result<std::shared_ptr<event_store>> {
  auto where = address::of(url, settings.postgres);
  if (!where)
    return std::unexpected{std::move(where.error())};
  try {
    auto store = std::make_shared<postgres_store>(*where, settings);
    store->open();
    return store;
  } catch (...) {
    return std::unexpected{current_failure(*where)};
  }
}

auto add_to(backends& to) -> backends& {
  return to.add("postgresql", &open).add("postgres", &open);
}

} // namespace eventcore::postgres
