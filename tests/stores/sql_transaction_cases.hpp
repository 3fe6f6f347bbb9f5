#pragma once

#include "eventcore/testing/contract.hpp"

#include <span>

/// What a store that speaks SQL promises about the work of its transactions, beyond the contract of
/// all stores. Needs of a backend what `contract_need::same_database` says, and SOCI.
///
///     EVENTCORE_STORE_CASES(sqlite_backend, sql_transactions_of, sql_transaction_cases())
auto sql_transaction_cases() -> std::span<const eventcore::testing::contract_case>;
