#pragma once

#include "eventcore/stores/memory.hpp"
#include "eventcore/testing/contract.hpp"

/// The store in memory as the contract suite wants it.
struct memory_backend : eventcore::testing::contract_backend {
  auto open(const eventcore::store_settings& settings)
    -> eventcore::result<std::shared_ptr<eventcore::event_store>> override {
    return eventcore::memory::open(settings);
  }

  auto lacks(eventcore::testing::contract_need need) const -> std::string override {
    using eventcore::testing::contract_need;
    switch (need) {
    case contract_need::nothing:
      return {};
    case contract_need::same_database:
      return "every opening of a store in memory gives another one";
    case contract_need::processes:
      return "a store in memory goes with its process";
    case contract_need::newer_schema:
    case contract_need::tampering:
    case contract_need::damage:
      return "a store in memory has no database behind it";
    }
    return {};
  }
};
