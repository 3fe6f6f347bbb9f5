#pragma once

#include "eventcore/backends.hpp"
#include "eventcore/testing/checks.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The store contract as a suite that any backend can be held against, also one of your own. Derive
/// from `contract_backend`, then run every case of `contract_cases()`, each on a backend made fresh
/// for it. With Boost.Test `eventcore/testing/contract_boost.hpp` does that in one line.
namespace eventcore::testing {

/// What some cases need of a backend beyond opening a store.
enum class contract_need : std::uint8_t {
  nothing = 1,
  same_database, ///< opening again gives the same database, also while it is open
  processes,     ///< a forked child may open the database and be killed
  newer_schema,  ///< `make_schema_newer`
  tampering,     ///< `tamper`
  damage,        ///< `damage`
};

/// An attempt to change or remove stored events behind the store's back, and what the database said
/// to it.
struct tampering {
  std::string what; ///< for people: "UPDATE of an event's payload"
  bool refused = false;
  std::string answer; ///< the database's own words
};

/// One database: made fresh with the object, gone with it. The stores that it opens are closed
/// before.
class contract_backend {
public:
  contract_backend() = default;
  contract_backend(const contract_backend&) = delete;
  auto operator=(const contract_backend&) -> contract_backend& = delete;
  virtual ~contract_backend() = default;

  /// Opens the database, which is made by the first call. Later calls open it once more, as another
  /// program would.
  virtual auto open(const store_settings& settings) -> result<std::shared_ptr<event_store>> = 0;

  /// Why this backend cannot do something that a case needs; empty when it can. The cases that need
  /// it are then skipped, with this reason. By default all that takes a function below is missing.
  virtual auto lacks(contract_need need) const -> std::string;

  /// Marks the closed database as written by a later program than this one.
  virtual void make_schema_newer() {}

  /// Tries to update, delete and empty the stored events of the closed database past the library.
  virtual auto tamper() -> std::vector<tampering> { return {}; }

  /// Changes a stored event of the closed database so that the log is no longer whole, by force.
  virtual void damage() {}
};

/// One rule of the contract. `run` throws `contract_violation` when the backend breaks it.
struct contract_case {
  std::string_view name; ///< the behaviour, as an identifier
  contract_need need = contract_need::nothing;
  void (*run)(contract_backend& backend) = nullptr;
};

/// All cases. The order is by topic and without meaning.
auto contract_cases() -> const std::vector<contract_case>&;

} // namespace eventcore::testing
