#pragma once

#include "balances.hpp"
#include "beats.hpp"
#include "clients.hpp"
#include "host.hpp"
#include "options.hpp"
#include "report.hpp"

#include <eventcore/event_store.hpp>

#include <memory>

// The parts of the scenario `projection`.
namespace stress {

/// Deposits on `accounts` accounts in turn, one event in each write set, up to `events` in the log.
void fill_with_deposits(ec::event_store& store, std::uint64_t events, std::size_t accounts);

/// What the log makes of the balances, without a projection.
auto sums_of_log(ec::event_store& store) -> money_sums;

/// A projection in memory from the log's start to its head, and the bare reading of the same.
void measure_catch_up(ec::event_store& store, const options& given, report& into);

/// The same of a projection in SQL, and the bare upserts. Says also whether its table is right.
void measure_sql(ec::event_store& store, const options& given, report& into);

/// How long after its commit an event is applied while nothing else happens: written by this process and, if there is
/// one, by another.
void measure_latency(const std::shared_ptr<ec::event_store>& store, const options& given,
                     beating_process* other, report& into);

/// Commands per second beside 0, 1 and 10 projections in turn.
void measure_load(host& on, ec::event_store& store, clients& load, const options& given,
                  report& into);

/// The memory in use under load while a subscriber sleeps over its first batch.
void measure_sleeper(host& on, clients& load, const options& given, report& into);

} // namespace stress
