#pragma once

#include "eventcore/detail/take_event.hpp"

#include <filesystem>
#include <stdexcept>

/// Tests of upcasters with events as they were stored. The file has one JSON object per line:
///
///     {"type": "deposited", "version": 1, "payload": {"cents": 5},
///      "becomes": [{"type": "money_deposited", "payload": {"cents": 5, "currency": "EUR"}}]}
///
/// (here on two lines.) `becomes` is what the program reads instead, in its present versions: one
/// event, several, or none. Empty lines are passed over.
namespace eventcore::testing {

/// Some samples do not become what they should. `what()` names their lines and the difference.
class sample_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// For a kind without its type.
void check_samples(const detail::kind_history& history,
                   result<> (*readable)(const recorded_event& event),
                   const std::filesystem::path& file);

/// Lifts each sample as reading does and compares it with what it `becomes`, member by member,
/// whatever their order. Each result must also be readable as the program's own type. Throws
/// `sample_failed`, also when the file cannot be read or has no sample.
template <stream_kind Kind>
void check_samples(const std::filesystem::path& file) {
  check_samples(
    detail::history_of<Kind>,
    [](const recorded_event& event) {
      detail::reading_only reader;
      result<> outcome;
      detail::take_current<Kind>(reader, event, 0, outcome,
                                 static_cast<const events_of<Kind>*>(nullptr));
      return outcome;
    },
    file);
}

} // namespace eventcore::testing
