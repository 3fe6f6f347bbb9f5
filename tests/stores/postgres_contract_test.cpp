#include "stores/postgres_backend.hpp"

#include "eventcore/testing/contract_boost.hpp"

EVENTCORE_STORE_CONTRACT(postgres_backend)
