#include "eventcore/testing/golden.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace eventcore::testing {

namespace {

/// A place as a line of the file tells it.
struct recorded_place {
  std::string path;
  std::string text; ///< the whole line
};

struct recorded_schema_event {
  std::string kind{};
  std::string name{};
  std::uint32_t version = 0;
  std::vector<std::string> aliases{};
  std::vector<recorded_place> places{};
};

struct recorded_upcaster {
  std::string kind{};
  std::string type{};
  std::uint32_t version = 0; ///< 0: all
};

struct recorded_schema {
  std::vector<recorded_schema_event> events{};
  std::vector<recorded_upcaster> upcasters{};
};

auto take_prefix(std::string_view& line, std::string_view prefix) -> bool {
  const bool there = line.starts_with(prefix);
  if (there)
    line.remove_prefix(prefix.size());
  return there;
}

/// Takes what stands before `end`, and `end`; all, when it is not there.
auto take_until(std::string_view& text, std::string_view end) -> std::string_view {
  const auto taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + end.size(), text.size()));
  return taken;
}

auto number_in(std::string_view text) -> std::uint32_t {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// `NAME, version N[, formerly NAME, ...]`
auto parse_event(std::string_view kind, std::string_view line) -> recorded_schema_event {
  recorded_schema_event event;
  event.kind = kind;
  event.name = take_until(line, ", version ");
  event.version = number_in(take_until(line, ", formerly "));
  while (!line.empty())
    event.aliases.emplace_back(take_until(line, ", "));
  return event;
}

// `TYPE version N ...` or `TYPE all versions ...`
auto parse_upcaster(std::string_view kind, std::string_view line) -> recorded_upcaster {
  const bool takes_all = line.contains(" all versions ");
  const auto type = take_until(line, takes_all ? " all versions " : " version ");
  return {std::string{kind}, std::string{type}, takes_all ? 0 : number_in(line)};
}

auto parse_place(std::string_view line) -> recorded_place {
  const auto colon = line.find(": ");
  return {colon == std::string_view::npos ? std::string{} : std::string{line.substr(0, colon)},
          std::string{line}};
}

auto parse(std::string_view recorded) -> recorded_schema {
  recorded_schema schema;
  std::string kind;
  while (!recorded.empty()) {
    auto line = take_until(recorded, "\n");
    if (take_prefix(line, "kind "))
      kind = line;
    else if (take_prefix(line, "    ") && !schema.events.empty())
      schema.events.back().places.push_back(parse_place(line));
    else if (take_prefix(line, "  event "))
      schema.events.push_back(parse_event(kind, line));
    else if (take_prefix(line, "  "))
      schema.upcasters.push_back(parse_upcaster(kind, line));
  }
  return schema;
}

// -- what a program reads -----------------------------------------------------

auto find_event(const kind_schema& kind, std::string_view name) -> const event_schema* {
  for (const auto& event : kind.events)
    if (event.name == name || std::ranges::find(event.aliases, name) != event.aliases.end())
      return &event;
  return nullptr;
}

auto upcasts(const kind_schema& kind, std::string_view type, std::uint32_t version) -> bool {
  return std::ranges::any_of(kind.upcasters, [&](const upcaster_schema& one) {
    return one.type == type && (one.version == version || one.version == 0);
  });
}

/// Whether it reads what is stored as this version of this type; of version 0, whether it knows the
/// type at all.
auto reads(const kind_schema& kind, std::string_view type, std::uint32_t version) -> bool {
  if (upcasts(kind, type, version))
    return true;
  const auto* event = find_event(kind, type);
  return event
         && (version == 0 || version == event->version || upcasts(kind, event->name, version));
}

/// Compares one recorded event with what the program has now.
class comparison {
public:
  comparison(const recorded_schema_event& was, std::vector<std::string>& problems)
      : was_{was}, problems_{problems} {}

  void with(const kind_schema& kind) {
    const auto* now = find_event(kind, was_.name);
    if (!now && !upcasts(kind, was_.name, was_.version))
      return say(
        "is gone, and what is stored of it cannot be read: name it among the aliases of the event "
        "that it became, or split or drop it by an upcaster");
    for (const auto& alias : was_.aliases)
      if (!reads(kind, alias, was_.version))
        say("was called {}, and what is stored under that name cannot be read: keep it among the "
            "aliases",
            alias);
    if (!now)
      return;
    if (now->version < was_.version)
      say("has version {} now: a version must not go back; raise it above {}", now->version,
          was_.version);
    else if (now->version == was_.version)
      compare_places(*now);
    else if (!reads(kind, was_.name, was_.version))
      say(
        "has version {} now, and no upcaster takes version {}: add ec::upcaster::step(\"{}\", {}, "
        "...) to the kind",
        now->version, was_.version, was_.name, was_.version);
  }

  template <class... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    problems_.push_back(fmt::format("event {} version {} of the kind {} {}", was_.name,
                                    was_.version, was_.kind,
                                    fmt::format(text, std::forward<Args>(args)...)));
  }

private:
  auto find_place(std::string_view path) const -> const recorded_place* {
    const auto found = std::ranges::find(was_.places, path, &recorded_place::path);
    return found == was_.places.end() ? nullptr : &*found;
  }

  void compare_places(const event_schema& now) {
    for (const auto& place : was_.places)
      if (std::ranges::find(now.places, place.path, &shape_place::path) == now.places.end())
        changed(place.text, "nothing");
    for (const auto& place : now.places) {
      const auto text = to_text(place);
      if (const auto* before = find_place(place.path)) {
        if (before->text != text)
          changed(before->text, text);
      } else if (!place.may_be_missing() && find_place(parent_of(place.path))) {
        changed("nothing", text);
      }
    }
  }

  // What is within something new is as new as that.
  static auto parent_of(std::string_view path) -> std::string_view {
    const auto last = path.find_last_of(".[{(");
    return last == std::string_view::npos ? std::string_view{} : path.substr(0, last);
  }

  void changed(std::string_view before, std::string_view after) {
    say(
      "changed its shape:\n    before: {}\n    now:    {}\n  raise `type_version` of the event to "
      "{} and add ec::upcaster::step(\"{}\", {}, ...) to the kind; a new member that may be "
      "missing "
      "(std::optional, or listed by added_later) needs neither",
      before, after, was_.version + 1, was_.name, was_.version);
  }

  const recorded_schema_event& was_;
  std::vector<std::string>& problems_;
};

auto read_file(const std::filesystem::path& path, std::string& text) -> bool {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream content;
  content << file.rdbuf();
  text = content.str();
  return file.is_open() && !file.bad();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << text;
  if (!file.flush())
    throw schema_changed{fmt::format("the schema cannot be written to {}", path.string())};
}

// The first line that differs, for people.
auto first_difference(std::string_view recorded, std::string_view now) -> std::string {
  const auto line_at = [](std::string_view text, std::size_t at) {
    const auto begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const auto line = text.substr(begin, text.find('\n', begin) - begin);
    return line.empty() ? std::string{"nothing"} : std::string{line};
  };
  const auto [a, b] = std::ranges::mismatch(recorded, now);
  const auto at = static_cast<std::size_t>(a - recorded.begin());
  return fmt::format("    before: {}\n    now:    {}", line_at(recorded, at), line_at(now, at));
}

} // namespace

auto schema_problems(const stored_schema& now, std::string_view recorded)
  -> std::vector<std::string> {
  std::vector<std::string> problems;
  const auto find_kind = [&](std::string_view name) {
    const auto found = std::ranges::find(now.kinds, name, &kind_schema::name);
    return found == now.kinds.end() ? nullptr : &*found;
  };
  const auto before = parse(recorded);
  for (const auto& was : before.events) {
    comparison compare{was, problems};
    if (const auto* kind = find_kind(was.kind))
      compare.with(*kind);
    else
      compare.say("is gone with its kind: add the kind to ec::schema<...>");
  }
  for (const auto& was : before.upcasters)
    if (const auto* kind = find_kind(was.kind); kind && !reads(*kind, was.type, was.version))
      problems.push_back(fmt::format(
        "the upcaster of {}{} of the kind {} is gone, and what is stored of it cannot be read: an "
        "upcaster stays for ever",
        was.type, was.version == 0 ? "" : fmt::format(" version {}", was.version), was.kind));
  return problems;
}

void check_schema(const stored_schema& now, const std::filesystem::path& golden) {
  const auto text = now.text();
  const auto* wish = std::getenv("EVENTCORE_RECORD_SCHEMA");
  const bool record = wish != nullptr && std::string_view{wish} == "1";
  std::string recorded;
  if (!read_file(golden, recorded)) {
    if (record)
      return write_file(golden, text);
    throw schema_changed{fmt::format(
      "there is no recorded schema {}; run this test once with EVENTCORE_RECORD_SCHEMA=1 and keep "
      "the file with the sources",
      golden.string())};
  }
  if (recorded == text)
    return;
  std::string problems;
  for (const auto& problem : schema_problems(now, recorded))
    problems += "\n- " + problem;
  if (!problems.empty())
    throw schema_changed{
      fmt::format("stored events would no longer be read, says {}:{}\nWhat is given up on purpose "
                  "has to be taken out of that file by hand.",
                  golden.string(), problems)};
  if (record)
    return write_file(golden, text);
  throw schema_changed{
    fmt::format("the schema has additions that are not in {}:\n{}\n  stored events "
                "fit; run this test once with EVENTCORE_RECORD_SCHEMA=1",
                golden.string(), first_difference(recorded, text))};
}

} // namespace eventcore::testing
