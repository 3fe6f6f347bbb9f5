#pragma once

#include <eventcore/event_store.hpp>

#include <functional>
#include <memory>
#include <string>

// Requests from end to end: what a caller gets who does not know whether its command was executed.
namespace request_cases {

namespace ec = eventcore;

/// Opens one and the same database, as often as it is called.
using opener = std::function<std::shared_ptr<ec::event_store>()>;

/// All cases, each on a new database, in the tree of tests.
struct suite {
  suite(const std::string& name, const std::function<opener()>& new_database);
};

} // namespace request_cases
