#include "opening.hpp"

#include <eventcore/backends.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

auto open(const options& given, ec::store_settings settings) -> std::shared_ptr<ec::event_store> {
  settings.postgres.schema = given.schema;
  settings.postgres.connections = given.connections;
  ec::backends known;
  ec::memory::add_to(known);
  ec::postgres::add_to(known);
  ec::sqlite::add_to(known);
  return ec::unwrap(known.open(given.store, settings));
}

} // namespace

auto head_of(ec::event_store& store) -> ec::log_position {
  return ec::unwrap(store.head()).position;
}

auto open_for_run(const options& given) -> std::shared_ptr<ec::event_store> {
  auto store = open(given, {});
  const auto head = head_of(*store);
  if (head.value > 0 && !given.keep)
    throw wrong_store{fmt::format(
      "{} holds {} events already; name a new {}, or go on in it with --keep", given.shown_store(),
      head.value, given.kind() == store_kind::postgres ? "--schema" : "file")};
  return store;
}

auto open_afresh(const options& given, std::shared_ptr<ec::event_store> used)
  -> std::shared_ptr<ec::event_store> {
  if (given.is_memory())
    return used;
  used.reset();
  return open(given, {.read_only = true, .create = false});
}

} // namespace stress
