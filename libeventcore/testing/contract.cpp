#include "eventcore/testing/contract.hpp"

#include "contract_bench.hpp"

namespace eventcore::testing {

auto contract_backend::lacks(contract_need need) const -> std::string {
  switch (need) {
  case contract_need::nothing:
  case contract_need::same_database:
  case contract_need::processes:
    return {};
  case contract_need::newer_schema:
    return "the backend cannot make the schema newer";
  case contract_need::tampering:
    return "the backend cannot tamper with stored events";
  case contract_need::damage:
    return "the backend cannot damage stored events";
  }
  return {};
}

auto contract_cases() -> const std::vector<contract_case>& {
  static const auto all = [] {
    std::vector<contract_case> cases;
    for (const auto topic :
         {append_cases(),      batch_cases(),       request_cases(),    content_cases(),
          reading_cases(),     log_cases(),         await_cases(),      filter_cases(),
          checkpoint_cases(),  transaction_cases(), read_model_cases(), dead_letter_cases(),
          lease_cases(),       lifecycle_cases(),   crash_cases(),      race_cases(),
          stream_list_cases(), maintenance_cases(), archive_cases(),    restore_cases(),
          typed_cases()})
      cases.insert(cases.end(), topic.begin(), topic.end());
    return cases;
  }();
  return all;
}

} // namespace eventcore::testing
