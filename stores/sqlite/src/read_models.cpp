#include "read_models.hpp"

#include "heads.hpp"
#include "query.hpp"

#include <string>

namespace eventcore::sqlite {

auto save_read_model(connection& on, const read_model_state& state) -> bool {
  if (!holds(on, state.at))
    return false;
  const auto position = to_sql(state.at.position.value);
  query upsert{on,
               "INSERT INTO read_models (name, fold, position, commit_id, payload) VALUES (?1, "
               "?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET fold = excluded.fold, position "
               "= excluded.position, commit_id = excluded.commit_id, payload = excluded.payload "
               "WHERE read_models.position <= excluded.position"};
  const std::span payload{reinterpret_cast<const std::uint8_t*>(state.payload.data()),
                          state.payload.size()};
  auto rows = upsert.run(std::string_view{state.name}, std::string_view{state.fold}, position,
                         blob_view{state.at.commit.bytes}, blob_view{payload});
  static_cast<void>(rows.next());
  return on.changes() == 1;
}

auto load_read_model(connection& on, std::string_view name) -> std::optional<read_model_state> {
  query kept{on, "SELECT fold, position, commit_id, payload FROM read_models WHERE name = ?1"};
  auto rows = kept.run(name);
  if (!rows.next())
    return std::nullopt;
  read_model_state state{
    .name = std::string{name},
    .fold = std::string{rows.bytes(0)},
    .at = {{static_cast<std::uint64_t>(rows.number(1))}, {uuid_of(rows.bytes(2))}},
    .payload = std::string{rows.bytes(3)}};
  if (!holds(on, state.at))
    return std::nullopt;
  return state;
}

} // namespace eventcore::sqlite
