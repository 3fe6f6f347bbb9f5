#include "stores/memory_backend.hpp"

#include "eventcore/testing/contract_boost.hpp"

EVENTCORE_STORE_CONTRACT(memory_backend)
