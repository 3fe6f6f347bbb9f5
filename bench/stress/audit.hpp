#pragma once

#include "options.hpp"
#include "told.hpp"

#include <eventcore/event_store.hpp>
#include <eventcore/recorded_event.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

namespace stress {

namespace ec = eventcore;

/// The answer to one question to the log.
struct check {
  std::string name;
  bool pass = true;
  std::optional<std::string> detail{}; ///< what speaks against it
};
BOOST_DESCRIBE_STRUCT(check, (), (name, pass, detail))

/// Sees all events of the log in order and compares them with what the clients were told.
class audit {
public:
  audit() = default;
  audit(const audit&) = delete;
  auto operator=(const audit&) -> audit& = delete;
  virtual ~audit() = default;

  virtual void take(const ec::recorded_event& event) = 0;
  virtual auto finish(const ec::log_head& head) -> check = 0;
};

using audits = std::vector<std::unique_ptr<audit>>;

/// What must hold whatever the clients did, and what the scenario promises. `clients` must outlive them.
auto audits_of(const options& given, const told& clients) -> audits;

/// Lets all of them look at the whole log. Throws `failure_error` when it cannot be read.
auto inspect(ec::event_store& store, const audits& all) -> std::vector<check>;

/// All checks after a run: of the clients' answers, of the log, and of the database. Throws `failure_error`.
auto check_run(ec::event_store& store, const options& given, const told& clients)
  -> std::vector<check>;

} // namespace stress
