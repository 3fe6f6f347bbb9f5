#include "stores/sqlite_backend.hpp"

#include "eventcore/testing/contract_boost.hpp"

EVENTCORE_STORE_CONTRACT(sqlite_backend)
