#include "eventcore/metadata.hpp"

#include "eventcore/json.hpp"
#include "eventcore/recorded_event.hpp"

#include <optional>

#include <boost/describe/class.hpp>
#include <fmt/format.h>

namespace eventcore {

namespace {

struct metadata_json {
  static constexpr std::string_view name = "metadata";

  std::optional<std::string> actor;
  std::optional<event_id> causation;
  std::optional<correlation_id> correlation;
  std::optional<std::map<std::string, std::string, std::less<>>> pairs;
};
BOOST_DESCRIBE_STRUCT(metadata_json, (), (actor, causation, correlation, pairs))

} // namespace

auto metadata::is_empty() const -> bool {
  return correlation.is_nil() && causation.is_nil() && actor.empty() && pairs.empty();
}

auto to_json(const metadata& value) -> std::string {
  if (value.is_empty())
    return {};
  metadata_json shown;
  if (!value.actor.empty())
    shown.actor = value.actor;
  if (!value.causation.is_nil())
    shown.causation = value.causation;
  if (!value.correlation.is_nil())
    shown.correlation = value.correlation;
  if (!value.pairs.empty())
    shown.pairs = value.pairs;
  return to_json<metadata_json>(shown);
}

auto parse_metadata(std::string_view json) -> result<metadata> {
  if (json.empty())
    return metadata{};
  auto read = from_json<metadata_json>(json);
  if (!read)
    return std::unexpected{std::move(read.error())};
  return metadata{.correlation = read->correlation.value_or(correlation_id{}),
                  .causation = read->causation.value_or(event_id{}),
                  .actor = std::move(read->actor).value_or(std::string{}),
                  .pairs = std::move(read->pairs).value_or(decltype(metadata::pairs){})};
}

auto caused_by(const recorded_event& cause) -> result<metadata> {
  auto of_cause = parse_metadata(cause.metadata_json);
  if (!of_cause)
    return fail(
      errc::codec_failed,
      fmt::format("the metadata of the event at position {} of stream {} cannot be read: {}",
                  cause.position.value, cause.stream, of_cause.error().detail));
  const auto correlation =
    of_cause->correlation.is_nil() ? correlation_id{cause.id.bytes} : of_cause->correlation;
  return metadata{.correlation = correlation, .causation = cause.id, .actor = {}, .pairs = {}};
}

} // namespace eventcore
