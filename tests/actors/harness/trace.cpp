#include "trace.hpp"

#include "messages.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace harness {

namespace {

namespace actors = eventcore::actors;

auto brief(const eventcore::stream_head& head) -> std::string {
  return fmt::format("{}/{}", head.version.value, head.commit.text().substr(28));
}

auto brief(const eventcore::write_set& set) -> std::string {
  auto text = fmt::format("commit {} of call {}, {} events, reads", set.commit.text().substr(28),
                          set.metadata.actor, set.events.size());
  for (const auto& [stream, head] : set.reads)
    text += fmt::format(" {}@{}", stream.text(), brief(head));
  return text;
}

auto brief(const eventcore::append_outcome& outcome) -> std::string {
  if (const auto* done = std::get_if<eventcore::committed>(&outcome))
    return fmt::format("committed at {}", done->first.value);
  if (std::holds_alternative<eventcore::duplicate>(outcome))
    return "duplicate";
  if (const auto* conflict = std::get_if<eventcore::refused>(&outcome)) {
    std::string text = "refused";
    for (const auto& [stream, expected, found] : conflict->streams)
      text += fmt::format(" {}@{} is at {}", stream.text(), brief(expected), brief(found));
    return text;
  }
  return std::string{to_string(std::get<eventcore::failure>(outcome).code)};
}

auto show(const actors::run_command& m) {
  return fmt::format("run_command {} of call {}", m.command.name(), m.options.metadata.actor);
}

auto show(const eventcore::execute_command& m) {
  return fmt::format("execute_command {} of call {}", m.command.name(),
                     m.options ? m.options->metadata.actor : "?");
}

auto show(const actors::reserve& m) {
  return fmt::format("reserve {} for {}.{}{}{}{}", m.stream.text(), m.from.id(), m.ticket,
                     m.held_as ? fmt::format(" held as {}", m.held_as) : "",
                     m.only_if_free ? " if free" : "", m.by_age ? " by age" : "");
}

auto show(const actors::withdraw& m) {
  return fmt::format("withdraw {} of {}.{}", m.stream.text(), m.from.id(), m.ticket);
}

auto show(const actors::granted& m) {
  return fmt::format("granted {} by {} as {} at {}", m.ticket, m.stream.id(), m.grant,
                     brief(m.head));
}

auto show(const actors::not_granted& m) {
  return fmt::format("not_granted {}{}", m.ticket, m.why ? ": " + m.why->text() : "");
}

auto show(const actors::submitted& m) {
  return fmt::format("submitted as {}: {}", m.grant, brief(*m.decision->set));
}

auto show(const actors::release& m) { return fmt::format("release {}", m.grant); }

auto show(const actors::settled& m) {
  constexpr const char* fates[] = {"durable", "refused", "lost"};
  return fmt::format("settled commit {} {} at {}{}{}", m.commit.text().substr(28),
                     fates[static_cast<int>(m.fate)], brief(m.head),
                     m.found_elsewhere ? " found elsewhere" : "", m.cascade ? " cascade" : "");
}

auto show(const actors::load_stream& m) {
  return fmt::format("load_stream {} number {} for {}", m.stream.text(), m.number, m.to.id());
}

auto show(const actors::stream_loaded& m) {
  return fmt::format("stream_loaded number {} {}", m.number,
                     m.states ? brief(m.states->front().head) : m.states.error().text());
}

auto show(const actors::append& m) {
  return fmt::format("append {}.{}{}: {}", m.from.id(), m.ticket, m.uncertain ? " uncertain" : "",
                     brief(*m.decision->set));
}

auto show(const actors::appended& m) {
  std::string text = "appended";
  for (const auto& [ticket, became, cascade] : m.outcomes)
    text += fmt::format(" [{} {}{}]", ticket, brief(became), cascade ? " cascade" : "");
  return text;
}

auto show(const actors::flush&) { return std::string{"flush"}; }
auto show(const actors::sweep&) { return std::string{"sweep"}; }
auto show(const actors::wake& m) { return fmt::format("wake {}", m.ticket); }
auto show(const actors::retire&) { return std::string{"retire"}; }

auto show(const actors::retired& m) {
  return fmt::format("retired {} {}", m.stream.text(), m.gone ? "gone" : "stays");
}

auto show(const actors::partners& m) {
  return fmt::format("partners router {} log writer {}", m.router.id(), m.log_writer.id());
}

auto show(const actors::coordinator_lost& m) { return fmt::format("coordinator_lost {}", m.id); }
auto show(const actors::reader_lost&) { return std::string{"reader_lost"}; }
auto show(const actors::stream_lost& m) { return fmt::format("stream_lost {}", m.stream.text()); }
auto show(const actors::stop&) { return std::string{"stop"}; }
auto show(const caf::exit_msg&) { return std::string{"exit"}; }
auto show(const caf::down_msg& m) { return fmt::format("down of {}", m.source.id()); }

template <class... Messages>
auto describe_one_of(const caf::type_erased_tuple& message) -> std::string {
  std::string text;
  const bool known =
    ((message.match_elements<Messages>() && (text = show(message.get_as<Messages>(0)), true))
     || ...);
  return known ? text : message.stringify();
}

} // namespace

auto describe(const caf::type_erased_tuple& message) -> std::string {
  return describe_one_of<actors::run_command, eventcore::execute_command, actors::reserve,
                         actors::withdraw, actors::granted, actors::not_granted, actors::submitted,
                         actors::release, actors::settled, actors::load_stream,
                         actors::stream_loaded, actors::append, actors::appended, actors::flush,
                         actors::sweep, actors::wake, actors::retire, actors::retired,
                         actors::partners, actors::coordinator_lost, actors::reader_lost,
                         actors::stream_lost, actors::stop, caf::exit_msg, caf::down_msg>(message);
}

} // namespace harness
