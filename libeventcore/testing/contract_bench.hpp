#pragma once

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/clock.hpp"
#include "eventcore/testing/contract.hpp"
#include "eventcore/testing/ids.hpp"

#include <optional>
#include <span>

// One line of a table of cases: the function's name is the case's.
#define EVENTCORE_CASE(function, ...)                                                              \
  contract_case { #function, contract_need::__VA_ARGS__, &function }

namespace eventcore::testing {

/// What every case begins with: the backend, and ids that no other case's writes have.
class contract_bench {
public:
  explicit contract_bench(contract_backend& backend) : backend_{backend} {}

  auto open(const store_settings& settings = {}, source_location where = source_location::current())
    -> std::shared_ptr<event_store> {
    return must(backend_.open(settings), where);
  }

  /// A write set with ids of its own.
  auto write(const std::vector<stream_of>& streams) -> write_set { return write_of(ids, streams); }

  /// The same for one request; `command` is what the digest is made of.
  auto write_for(std::string_view request, const std::vector<stream_of>& streams,
                 std::string_view command = "command") -> write_set {
    auto set = write(streams);
    set.request = {must(request_id::of(request)), digest_command("test", command)};
    return set;
  }

  /// The write set as an answer, which writes nothing.
  static auto answer(write_set set) -> write_set {
    set.effect = effect::answer;
    return set;
  }

  sequential_ids ids;

private:
  contract_backend& backend_;
};

// The cases by topic.
auto append_cases() -> std::span<const contract_case>;
auto batch_cases() -> std::span<const contract_case>;
auto request_cases() -> std::span<const contract_case>;
auto content_cases() -> std::span<const contract_case>;
auto reading_cases() -> std::span<const contract_case>;
auto log_cases() -> std::span<const contract_case>;
auto await_cases() -> std::span<const contract_case>;
auto filter_cases() -> std::span<const contract_case>;
auto checkpoint_cases() -> std::span<const contract_case>;
auto transaction_cases() -> std::span<const contract_case>;
auto read_model_cases() -> std::span<const contract_case>;
auto dead_letter_cases() -> std::span<const contract_case>;
auto lease_cases() -> std::span<const contract_case>;
auto lifecycle_cases() -> std::span<const contract_case>;
auto crash_cases() -> std::span<const contract_case>;
auto race_cases() -> std::span<const contract_case>;
auto stream_list_cases() -> std::span<const contract_case>;
auto maintenance_cases() -> std::span<const contract_case>;
auto archive_cases() -> std::span<const contract_case>;
auto restore_cases() -> std::span<const contract_case>;
auto typed_cases() -> std::span<const contract_case>;

} // namespace eventcore::testing
