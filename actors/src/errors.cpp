#include "errors.hpp"

#include "eventcore/actors/runtime.hpp"

#include <algorithm>

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <fmt/format.h>

namespace eventcore {

namespace {

const auto category = caf::atom("eventcore");

auto to_wire(const stream_head& head) -> actors::wire_head {
  return {head.version.value, {head.commit.bytes.begin(), head.commit.bytes.end()}};
}

auto from_wire(const actors::wire_head& wire) -> stream_head {
  stream_head head{.version = {wire.version}, .commit = {}};
  if (wire.commit.size() == head.commit.bytes.size())
    std::ranges::copy(wire.commit, head.commit.bytes.begin());
  return head;
}

} // namespace

auto to_error(const failure& why) -> caf::error {
  actors::wire_failure wire{.detail = why.detail, .attempts = why.attempts};
  for (const auto& [stream, expected, found] : why.streams)
    wire.streams.push_back({stream.text(), to_wire(expected), to_wire(found)});
  if (why.rule) {
    wire.rule_type = why.rule->type;
    wire.rule_json = why.rule->json;
  }
  return {static_cast<std::uint8_t>(why.code), category, caf::make_message(std::move(wire))};
}

auto to_failure(const caf::error& error) -> failure {
  if (error.category() == category && error.context().match_elements<actors::wire_failure>()) {
    const auto& wire = error.context().get_as<actors::wire_failure>(0);
    failure why{static_cast<errc>(error.code()), wire.detail};
    why.attempts = wire.attempts;
    for (const auto& [stream, expected, found] : wire.streams)
      why.streams.push_back({stream_id::trusted(stream), from_wire(expected), from_wire(found)});
    if (!wire.rule_type.empty())
      why.rule = rule_error{wire.rule_type, wire.rule_json};
    return why;
  }
  if (error == caf::sec::request_receiver_down)
    return {errc::store_unavailable, "the runtime ended before it took the command; nothing was "
                                     "written"};
  return {errc::outcome_unknown,
          fmt::format("the runtime did not answer ({}): the command may or may not be written; "
                      "look, or repeat it under the same request id",
                      caf::to_string(error))};
}

void add_error_texts(caf::actor_system_config& config) {
  config.add_error_category(category,
                            [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                              return to_failure({code, category, context}).text();
                            });
}

} // namespace eventcore
