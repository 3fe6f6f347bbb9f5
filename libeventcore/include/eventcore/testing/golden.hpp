#pragma once

#include "eventcore/schema.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Tests that what is stored can be read for ever:
///
///     check_schema(ec::schema<account, order>(), SOURCE_DIR "/schema.golden");
///
/// The file is the schema's text as it was last recorded; it lies beside the program's sources.
namespace eventcore::testing {

/// The schema is not the recorded one. `what()` names each event and member, what was and what is
/// there, and what to do.
class schema_changed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Why stored events that fit the recorded schema do not fit the present one, a text for each: a
/// shape that changed without a new version, an event that went without an alias or upcaster, a
/// version without an upcaster, a former name or an upcaster that went. Members that may be missing,
/// events, kinds, versions, former names and upcasters may be added.
auto schema_problems(const stored_schema& now, std::string_view recorded)
  -> std::vector<std::string>;

/// Throws `schema_changed` unless `golden` holds the text of `now`. With the environment variable
/// EVENTCORE_RECORD_SCHEMA=1 the file is written anew instead, but not when there are
/// `schema_problems`: what is given up on purpose must be taken out of the file by hand.
void check_schema(const stored_schema& now, const std::filesystem::path& golden);

} // namespace eventcore::testing
