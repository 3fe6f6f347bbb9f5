#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

namespace caf {
class actor_system_config;
}

namespace eventcore {

/// Lets CAF render errors of the category `eventcore` with their text.
void add_error_texts(caf::actor_system_config& config);

} // namespace eventcore

// A failure as it travels in a `caf::error`; made so that it can be sent to another node.
namespace eventcore::actors {

struct wire_head {
  std::uint64_t version = 0;
  std::vector<std::uint8_t> commit{};
};

struct wire_mismatch {
  std::string stream{};
  wire_head expected{};
  wire_head found{};
};

struct wire_failure {
  std::string detail{};
  std::uint32_t attempts = 0;
  std::vector<wire_mismatch> streams{};
  std::string rule_type{}; ///< empty: no rule of a type of the domain
  std::string rule_json{};
};

template <class Inspector>
auto inspect(Inspector& f, wire_head& x) -> typename Inspector::result_type {
  return f(caf::meta::type_name("head"), x.version, x.commit);
}

template <class Inspector>
auto inspect(Inspector& f, wire_mismatch& x) -> typename Inspector::result_type {
  return f(caf::meta::type_name("mismatch"), x.stream, x.expected, x.found);
}

template <class Inspector>
auto inspect(Inspector& f, wire_failure& x) -> typename Inspector::result_type {
  return f(caf::meta::type_name("failure"), x.detail, x.attempts, x.streams, x.rule_type,
           x.rule_json);
}

} // namespace eventcore::actors
