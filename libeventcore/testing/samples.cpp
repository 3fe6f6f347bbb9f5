#include "eventcore/testing/samples.hpp"

#include "eventcore/detail/json_document.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace eventcore::testing {

namespace {

namespace json = boost::json;

struct shown_event {
  std::string type;
  json::object payload;

  auto text() const -> std::string {
    std::string payload_text;
    if (!detail::write_document(payload, payload_text))
      payload_text = "(no JSON)";
    return fmt::format("{} {}", type, payload_text);
  }
};

auto list(const std::vector<shown_event>& events) -> std::string {
  std::string text;
  for (const auto& event : events)
    text += fmt::format("\n    {}", event.text());
  return text.empty() ? "\n    nothing" : text;
}

auto member(const json::object& of, std::string_view name) -> result<json::value> {
  const auto* found = of.if_contains({name.data(), name.size()});
  if (!found)
    return fail(errc::invalid_argument, fmt::format("it has no member \"{}\"", name));
  return *found;
}

// An event as a line shows it: {"type", "payload"}.
auto read_event(const json::object& from) -> result<shown_event> {
  const auto type = member(from, "type");
  if (!type)
    return std::unexpected{type.error()};
  const auto payload = member(from, "payload");
  if (!payload)
    return std::unexpected{payload.error()};
  if (!type->is_string() || !payload->is_object())
    return fail(errc::invalid_argument, "\"type\" must be a string and \"payload\" an object");
  return shown_event{std::string{type->get_string().data(), type->get_string().size()},
                     payload->get_object()};
}

auto read_version(const json::object& from) -> result<std::uint32_t> {
  const auto version = member(from, "version");
  if (!version)
    return std::unexpected{version.error()};
  if (!version->is_int64() || !std::in_range<std::uint32_t>(version->get_int64()))
    return fail(errc::invalid_argument, "\"version\" must be a number");
  return static_cast<std::uint32_t>(version->get_int64());
}

auto read_results(const json::object& from) -> result<std::vector<shown_event>> {
  const auto becomes = member(from, "becomes");
  if (!becomes)
    return std::unexpected{becomes.error()};
  if (!becomes->is_array())
    return fail(errc::invalid_argument, "\"becomes\" must be an array");
  std::vector<shown_event> wanted;
  for (const auto& one : becomes->get_array()) {
    if (!one.is_object())
      return fail(errc::invalid_argument, "\"becomes\" must hold objects");
    auto event = read_event(one.get_object());
    if (!event)
      return std::unexpected{std::move(event.error())};
    wanted.push_back(*std::move(event));
  }
  return wanted;
}

class sample_check {
public:
  sample_check(const detail::kind_history& history, result<> (*readable)(const recorded_event&))
      : history_{history}, readable_{readable} {}

  /// Fails with what is wrong with the line.
  auto look_at(std::string_view line) const -> result<> {
    const auto document = detail::read_document(line);
    if (!document)
      return std::unexpected{document.error()};
    const auto sample = read_event(*document);
    if (!sample)
      return std::unexpected{sample.error()};
    const auto version = read_version(*document);
    if (!version)
      return std::unexpected{version.error()};
    const auto wanted = read_results(*document);
    if (!wanted)
      return std::unexpected{wanted.error()};
    return compare(*sample, *version, *wanted);
  }

private:
  auto compare(const shown_event& sample, std::uint32_t version,
               const std::vector<shown_event>& wanted) const -> result<> {
    std::string payload;
    if (auto written = detail::write_document(sample.payload, payload); !written)
      return written;
    const recorded_event stored{.type = sample.type, .type_version = version, .payload = payload};
    const auto lifted = lift(stored);
    if (!lifted)
      return std::unexpected{lifted.error()};
    std::vector<shown_event> found;
    for (const auto& one : *lifted) {
      if (auto read = readable_(detail::as_recorded(one, stored)); !read)
        return fail(errc::codec_failed,
                    fmt::format("{} version {} becomes {} {}, which cannot be read: {}",
                                sample.type, version, one.type->name, one.payload,
                                read.error().detail));
      auto document = detail::read_document(one.payload);
      if (!document)
        return std::unexpected{std::move(document.error())};
      found.push_back({std::string{one.type->name}, *std::move(document)});
    }
    const auto alike = [](const shown_event& one, const shown_event& other) {
      return one.type == other.type && detail::same_document(one.payload, other.payload);
    };
    if (!std::ranges::equal(found, wanted, alike))
      return fail(errc::codec_failed, fmt::format("{} version {} becomes{}\n  but should become{}",
                                                  sample.type, version, list(found), list(wanted)));
    return {};
  }

  auto lift(const recorded_event& stored) const -> result<std::vector<detail::current_event>> {
    const auto* known = history_.find(stored.type);
    if (known && known->type->version == stored.type_version)
      return std::vector{detail::current_event{known->type, std::string{stored.payload}}};
    return detail::lift(history_, stored);
  }

  const detail::kind_history& history_;
  result<> (*readable_)(const recorded_event&);
};

} // namespace

void check_samples(const detail::kind_history& history,
                   result<> (*readable)(const recorded_event& event),
                   const std::filesystem::path& file) {
  std::ifstream lines{file, std::ios::binary};
  const auto error = errno;
  const sample_check check{history, readable};
  std::string line;
  std::string problems;
  std::size_t samples = 0;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    ++samples;
    if (const auto fits = check.look_at(line); !fits)
      problems += fmt::format("\n{}:{}: {}", file.string(), number, fits.error().detail);
  }
  if (!lines.is_open())
    throw sample_failed{fmt::format("the samples {} cannot be read: {}", file.string(),
                                    std::generic_category().message(error))};
  if (samples == 0)
    throw sample_failed{fmt::format("there are no samples in {}", file.string())};
  if (!problems.empty())
    throw sample_failed{
      fmt::format("samples of the kind '{}' do not fit:{}", history.kind, problems)};
}

} // namespace eventcore::testing
