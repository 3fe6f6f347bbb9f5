#include "read_models.hpp"

#include "support/faulty_store.hpp"

#include <eventcore/forwarding_store.hpp>

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace harness {

namespace {

/// Reads all that a projection can be given; its code is never called.
struct everything {
  static constexpr std::string_view name = exact_applier::name;
  using streams = ec::kinds<ledger>;
  void apply(const moved&) {}
  void apply(const linked&) {}
};

/// A program that is killed gives nothing back.
class keeps_leases final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;
  auto release_lease(std::string_view, const ec::lease_token&) -> ec::result<> override {
    return {};
  }
};

} // namespace

void exact_record::apply(std::uint64_t epoch, ec::log_position at) {
  if (at.value != reached_.value + 1)
    wrong_.push_back(
      fmt::format("8: position {} was applied after position {}", at.value, reached_.value));
  if (epoch < epoch_)
    wrong_.push_back(fmt::format("8: position {} was applied under epoch {}, after epoch {}",
                                 at.value, epoch, epoch_));
  reached_ = at;
  epoch_ = epoch;
}

void repeating_record::apply(ec::log_position at) {
  if (at.value > reached_.value + 1)
    wrong_.push_back(fmt::format("8: position {} was applied, and {} was the last before it",
                                 at.value, reached_.value));
  repeated_ += at <= reached_ ? 1 : 0;
  reached_ = std::max(reached_, at);
  last_ = at;
}

// -- the exact projection -------------------------------------------------------

auto exact_applier::type() const -> const ec::projection_type& {
  return ec::detail::projection_type_of<everything>;
}

auto exact_applier::befalls(const char* what, std::uint32_t thousandths) -> bool {
  if (thousandths == 0 || !by_.rarely(thousandths))
    return false;
  ++troubles_[what];
  return true;
}

auto exact_applier::apply(ec::event_store& store, const ec::batch_to_apply& batch)
  -> ec::applied_events {
  if (befalls("transaction: dies before", trouble_.dies_before))
    throw support::store_thrown{"before the transaction"};
  const ec::failure unknown{ec::errc::outcome_unknown, "injected: the end of the transaction"};
  if (befalls("transaction: lost request", trouble_.lost_request))
    return {.count = 0, .stopped_by = unknown};
  const ec::checkpoint_move move{
    .name = name, .from = batch.from, .to = batch.to, .under = batch.under};
  if (auto done = store.transact({&move, 1}, {}); !done)
    return {.count = 0, .stopped_by = std::move(done.error())};
  for (const auto& event : batch.events)
    into_->apply(batch.under ? batch.under->token.epoch : 0, event.position);
  if (befalls("transaction: dies after", trouble_.dies_after))
    throw support::store_thrown{"after the transaction"};
  if (befalls("transaction: lost answer", trouble_.lost_answer))
    return {.count = 0, .stopped_by = unknown};
  return {.count = batch.events.size(), .stopped_by = {}};
}

// -- another program --------------------------------------------------------------

rival::rival(std::shared_ptr<ec::event_store> store, std::shared_ptr<exact_record> shared,
             const transaction_trouble& trouble, ec::projection_options options,
             ec::environment around)
    : store_{std::make_shared<keeps_leases>(std::move(store))},
      into_{std::make_shared<exact_applier>(std::move(shared), trouble)},
      around_{std::move(around)}, host_{*store_, into_, std::move(options), around_} {}

rival::~rival() = default;

auto rival::step() -> bool {
  try {
    return !std::holds_alternative<ec::projection_host::ended>(host_.step());
  } catch (const support::store_thrown&) {
    return false;
  }
}

} // namespace harness
