#pragma once

#include "read_model_tables.hpp"
#include "sql_effects.hpp"
#include "sql_workers.hpp"

#include "eventcore/stores/sql_projection.hpp"

#include <functional>
#include <string>

namespace eventcore::detail {

/// Runs a SQL projection: on the tables that serve, or on those of a rebuild, whose checkpoint
/// is another one.
class sql_applier final : public applier {
public:
  sql_applier(const sql_projection_type& type, std::shared_ptr<const sql_model> prototype,
              std::size_t workers, detail::side side);

  auto type() const -> const projection_type& override { return type_; }
  auto saves() const -> projection_run::saving override {
    return projection_run::saving::with_effects;
  }

  auto load(event_store& store) -> result<std::optional<checkpoint>> override;
  auto apply(event_store& store, const batch_to_apply& batch) -> applied_events override;
  auto prepare(std::span<const recorded_event> page) const
    -> std::shared_ptr<prepared_events> override;
  auto save(event_store& store, const checkpoint_move& move) -> result<> override;
  auto clear(event_store& store, const checkpoint_move& move) -> result<> override;

  auto rebuilds_beside() const -> bool override { return target_.side == side::serving; }
  auto begin_rebuild(event_store& store, const std::optional<lease_claim>& under)
    -> result<> override;
  auto find_rebuild(event_store& store) -> result<std::shared_ptr<applier>> override;
  auto finish_rebuild(event_store& store, const std::optional<lease_claim>& under)
    -> result<bool> override;

private:
  using change = std::function<result<>(const sql_transaction&, read_model_tables&)>;

  auto tables_in(const sql_transaction& within) const -> read_model_tables;
  auto find_letters(event_store& store, log_position after) -> result<>;
  auto check_tables(read_model_tables& tables, const checkpoint& at) const -> result<>;
  auto look(event_store& store, const change& at) const -> result<>;
  auto alter(event_store& store, std::span<const checkpoint_move> moves, std::string_view what,
             const change& work) const -> result<>;

  auto alter_all(event_store& store, const checkpoint_move& move,
                 const std::vector<std::string_view>& whose, std::string_view what,
                 const change& work, const std::optional<checkpoint_move>& also = {}) -> result<>;

  auto make_tables(const sql_transaction& within, read_model_tables& tables,
                   std::uint64_t generation) const -> result<>;
  auto begin_anew(const sql_transaction& within, read_model_tables& tables) const -> result<>;
  auto begin_beside(const sql_transaction& within, read_model_tables& tables) const -> result<>;

  auto apply_letter(event_store& store, const batch_to_apply& batch) const -> applied_events;

  auto catch_up(event_store& store, applier& next, checkpoint from,
                const std::optional<lease_claim>& under) const -> bool;
  auto swap(event_store& store, const checkpoint& from, const checkpoint& to,
            const std::optional<lease_claim>& under) -> result<>;

  const std::string serving_name_;
  const std::string building_name_;
  projection_type type_;
  sql_target target_;
  sql_workers workers_;
};

} // namespace eventcore::detail
