#pragma once

#include <eventcore/event_store.hpp>

#include <functional>
#include <memory>

// Requests from end to end: what a caller gets who does not know whether its command was executed.
namespace request_cases {

namespace ec = eventcore;

/// Opens one and the same database, as often as it is called.
using opener = std::function<std::shared_ptr<ec::event_store>()>;

/// The positions of the original are given after a retry, after a restart of the program, to another
/// program, and without a runtime.
void repetitions_get_the_original(const opener& open);

/// The id with another command is refused, and harms nothing.
void another_command_under_the_id_is_refused(const opener& open);

/// What was rejected by a rule has not used up its id.
void the_id_of_a_rejected_command_stays_free(const opener& open);

/// Many at once, in two programs: one effect, and each is told its positions.
void duplicates_at_the_same_time_have_one_effect(const opener& open);

/// Old requests are forgotten when a setting says so, by a runtime that runs.
void old_requests_are_forgotten(const opener& open);

} // namespace request_cases
