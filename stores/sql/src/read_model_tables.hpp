#pragma once

#include "eventcore/stores/sql_context.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventcore::detail {

/// Which generations of a read model's tables there are; 0: none.
struct generations {
  std::uint64_t serving = 0;
  std::uint64_t building = 0;

  /// One that no tables have.
  auto next() const -> std::uint64_t { return (serving < building ? building : serving) + 1; }
};

/// The tables of one SQL read model in a transaction: generation n of `balances` is `balances_gn`,
/// and `balances` is a view of the one that serves. What it is made of must live as long as what it
/// gives. Throws `soci::soci_error`.
class read_model_tables {
public:
  read_model_tables(const sql_transaction& within, std::string_view projection,
                    std::span<const std::string_view> names)
      : within_{within}, projection_{projection}, names_{names} {}

  auto find() -> generations;

  /// The same, which no other transaction changes before this one ends. Others may hold it, too.
  auto hold() -> generations;

  /// The same for one that changes it.
  auto lock() -> generations;

  /// Keeps which there are; after `lock`.
  void keep(const generations& now);

  /// What its code is given to fill a generation.
  auto of(std::uint64_t generation) const -> sql_tables {
    return {.projection = projection_, .names = names_, .generation = generation};
  }

  /// A table of the generation that is not there.
  auto find_missing(std::uint64_t generation) -> std::optional<std::string>;

  /// A name for which there is a table or a view; of a read model that has none yet, another's.
  auto find_taken() -> std::optional<std::string_view>;

  /// Has the views show a generation.
  void show(std::uint64_t generation);

  void drop(std::uint64_t generation);

private:
  auto find(std::string_view how) -> generations;
  void show_one(std::string_view name, const std::string& table);
  auto exists(const std::string& table) -> bool;

  const sql_transaction& within_;
  std::string_view projection_;
  std::span<const std::string_view> names_;
};

} // namespace eventcore::detail
