#include "eventcore/testing/checks.hpp"

#include <type_traits>

namespace eventcore::testing {

namespace {

constexpr page_bounds whole{.events = 1'000'000, .bytes = 1024 * 1024 * 1024};

auto named(std::string_view stream, const source_location& where) -> stream_id {
  return must(stream_id::of(stream), where);
}

} // namespace

contract_violation::contract_violation(std::string_view text, const source_location& where)
    : std::runtime_error{fmt::format("{}:{}: {}", where.file_name(), where.line(), text)} {}

auto shown(const stream_id& id) -> std::string { return id.text(); }

auto shown(const stream_head& head) -> std::string {
  return fmt::format("version {} by commit {}", head.version.value, head.commit.text());
}

auto shown(const log_head& head) -> std::string {
  return fmt::format("position {} by commit {} at {} us", head.position.value, head.commit.text(),
                     head.recorded_at.time_since_epoch().count());
}

auto shown(const committed& done) -> std::string {
  auto text = fmt::format("commit {} of {} events from position {}", done.commit.text(), done.count,
                          done.first.value);
  for (const auto& [stream, version] : done.streams)
    text += fmt::format(", {} now at version {}", stream, version.value);
  return text;
}

auto shown(const append_outcome& outcome) -> std::string {
  return std::visit(
    []<class Kind>(const Kind& kind) -> std::string {
      if constexpr (std::is_same_v<Kind, committed>) {
        return "committed " + shown(kind);
      } else if constexpr (std::is_same_v<Kind, duplicate>) {
        return "duplicate of " + shown(kind.original);
      } else if constexpr (std::is_same_v<Kind, refused>) {
        std::string text = "refused";
        for (const auto& [stream, expected, found] : kind.streams)
          text +=
            fmt::format(", {} expected at {}, found at {}", stream, shown(expected), shown(found));
        return text;
      } else {
        return "failure " + kind.text();
      }
    },
    outcome);
}

auto shown(const checkpoint& reached) -> std::string {
  return fmt::format("position {} by commit {}", reached.position.value, reached.commit.text());
}

auto shown(const metadata& value) -> std::string { return to_json(value); }

void check(bool holds, std::string_view claim, source_location where) {
  if (!holds)
    throw contract_violation{fmt::format("does not hold: {}", claim), where};
}

void check_failure(const failure& found, errc code, std::string_view part,
                   const source_location& where) {
  if (found.code != code || found.detail.find(part) == std::string::npos)
    throw contract_violation{fmt::format("wanted {} with a text that holds '{}', found: {}",
                                         to_string(code), part, found.text()),
                             where};
}

auto must_commit(event_store& store, const write_set& set, source_location where) -> committed {
  return must_be<committed>(store.append(set), where);
}

auto must_refuse(event_store& store, const write_set& set, source_location where) -> refused {
  return must_be<refused>(store.append(set), where);
}

auto must_repeat(event_store& store, const write_set& set, source_location where) -> committed {
  return must_be<duplicate>(store.append(set), where).original;
}

auto must_fail(event_store& store, const write_set& set, errc code, std::string_view part,
               source_location where) -> failure {
  auto found = must_be<failure>(store.append(set), where);
  check_failure(found, code, part, where);
  return found;
}

auto read_all(event_store& store, std::string_view stream, source_location where) -> stream_page {
  return must(store.read(read_stream{.stream = named(stream, where), .page = whole}), where);
}

auto read_log_of(event_store& store, const event_filter& filter, source_location where)
  -> log_page {
  return must(store.read(read_log{.filter = filter, .page = whole}), where);
}

auto head_of(event_store& store, std::string_view stream, source_location where) -> stream_head {
  return must(store.read(read_stream{.stream = named(stream, where), .page = {.events = 1}}), where)
    .head;
}

auto types_in(const std::vector<recorded_event>& events) -> std::string {
  std::string types;
  for (const auto& event : events)
    types.append(types.empty() ? "" : " ").append(event.type);
  return types;
}

auto streams_in(const std::vector<recorded_event>& events) -> std::string {
  std::string streams;
  for (const auto& event : events)
    streams.append(streams.empty() ? "" : " ").append(event.stream);
  return streams;
}

void check_healthy(event_store& store, source_location where) {
  for (const auto& problem : must(store.find_damage(), where))
    throw contract_violation{"the store is damaged: " + problem, where};
}

} // namespace eventcore::testing
