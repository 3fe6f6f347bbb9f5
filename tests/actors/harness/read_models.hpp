#pragma once

#include "dice.hpp"
#include "ledger.hpp"

#include <eventcore/applier.hpp>
#include <eventcore/event_info.hpp>
#include <eventcore/projection_host.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What projections make of the simulated log, held against invariant 8.
namespace harness {

/// The read model of a projection that moves its checkpoint together with its effects: each position
/// once, in order, and never by a leader that was superseded.
class exact_record {
public:
  void apply(std::uint64_t epoch, ec::log_position at);
  auto reached() const -> ec::log_position { return reached_; }
  auto wrong() const -> const std::vector<std::string>& { return wrong_; }

private:
  ec::log_position reached_{};
  std::uint64_t epoch_ = 0; ///< of the leader that applied last
  std::vector<std::string> wrong_;
};

/// That of one which saves afterwards: positions may come again, but none is passed over.
class repeating_record {
public:
  void apply(ec::log_position at);
  auto reached() const -> ec::log_position { return reached_; }
  auto repeated() const -> std::uint64_t { return repeated_; }
  auto wrong() const -> const std::vector<std::string>& { return wrong_; }

private:
  ec::log_position last_{};
  ec::log_position reached_{};
  std::uint64_t repeated_ = 0;
  std::vector<std::string> wrong_;
};

/// How often what befalls a transaction of the exact projection, in thousandths.
struct transaction_trouble {
  std::uint64_t seed = 0;
  std::uint32_t dies_before = 0;  ///< whoever runs it
  std::uint32_t dies_after = 0;   ///< it is committed
  std::uint32_t lost_request = 0; ///< nothing is done, and its outcome is not known
  std::uint32_t lost_answer = 0;  ///< it is committed, and its outcome is not known
};

/// Puts all events into the record, in one transaction with the checkpoint. With `heal` there is no
/// more trouble. Several may share a record, as programs share a database.
class exact_applier final : public ec::applier {
public:
  static constexpr std::string_view name = "exact";

  exact_applier(std::shared_ptr<exact_record> into, const transaction_trouble& trouble)
      : into_{std::move(into)}, trouble_{trouble}, by_{trouble.seed} {}

  auto type() const -> const ec::projection_type& override;
  auto saves() const -> ec::projection_run::saving override {
    return ec::projection_run::saving::with_effects;
  }
  auto apply(ec::event_store& store, const ec::batch_to_apply& batch)
    -> ec::applied_events override;
  auto clear(ec::event_store& store, const ec::checkpoint_move& move) -> ec::result<> override {
    return save(store, move);
  }

  void heal() { trouble_ = {}; }
  auto troubles() const -> const std::map<std::string, std::uint64_t>& { return troubles_; }

private:
  auto befalls(const char* what, std::uint32_t thousandths) -> bool;

  std::shared_ptr<exact_record> into_;
  transaction_trouble trouble_;
  dice by_;
  std::map<std::string, std::uint64_t> troubles_;
};

/// Notes all events, and the checkpoint is saved afterwards.
struct repeating_projection {
  static constexpr std::string_view name = "repeating";
  using streams = ec::kinds<ledger>;

  std::shared_ptr<repeating_record> into;

  void apply(const moved&, const ec::event_info& about) { into->apply(about.position); }
  void apply(const linked&, const ec::event_info& about) { into->apply(about.position); }
};

/// Another program that runs the exact projection on the same store: it may lead or stand by, may
/// not come to run for a while, and may die without giving its lease back.
class rival {
public:
  rival(std::shared_ptr<ec::event_store> store, std::shared_ptr<exact_record> shared,
        const transaction_trouble& trouble, ec::projection_options options, ec::environment around);
  ~rival();

  /// One step; false when it died in it, or ended.
  auto step() -> bool;

private:
  std::shared_ptr<ec::event_store> store_;
  std::shared_ptr<exact_applier> into_;
  ec::environment around_;
  ec::projection_host host_;
};

} // namespace harness
