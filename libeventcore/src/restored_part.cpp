#include "eventcore/detail/restored_part.hpp"

#include "eventcore/detail/archiving.hpp"
#include "eventcore/detail/printable.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/json.hpp"

#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

namespace eventcore::detail {

namespace {

template <class... Args>
auto refuse(const recorded_event& event, fmt::format_string<Args...> text, Args&&... args)
  -> std::unexpected<failure> {
  return fail(errc::invalid_argument,
              fmt::format("the event at position {} cannot be restored: {}; nothing of this part "
                          "was written",
                          event.position.value, fmt::format(text, std::forward<Args>(args)...)));
}

auto check_form(const recorded_event& event) -> result<> {
  if (event.commit.is_nil() || event.id.is_nil())
    return refuse(event, "it has no {}", event.id.is_nil() ? "id" : "commit id");
  if (auto valid = validate_name("type", event.type); !valid || event.type.size() > 255)
    return refuse(event, "'{}' is no type of an event", printable(event.type));
  switch (event.encoding) {
  case encoding::json:
    if (const auto valid = validate_json(event.payload); !valid)
      return refuse(event, "its payload is not valid JSON: {}", valid.error().detail);
    return {};
  case encoding::bytes:
  case encoding::archived:
    return {};
  }
  return refuse(event, "its encoding is unknown");
}

auto check_stream(const recorded_event& event) -> result<> {
  if (const auto problem = stream_text_problem(event.stream); !problem.empty())
    return refuse(event, "'{}' cannot name a stream: {}", printable(event.stream), problem);
  return {};
}

struct hash {
  using is_avalanching = void; // the standard library's hash mixes all bits

  auto operator()(std::string_view text) const noexcept -> std::size_t {
    return std::hash<std::string_view>{}(text);
  }
};

/// Takes the events of a part one after the other.
class part_reader {
public:
  auto take(const recorded_event& event) -> result<> {
    if (auto good = check_form(event); !good)
      return good;
    if (auto good = check_order(event); !good)
      return good;
    if (auto good = check_metadata(event); !good)
      return good;
    previous_ = &event;
    return take_into_stream(event);
  }

  auto finish() -> restored_part { return std::move(part_); }

private:
  auto check_order(const recorded_event& event) -> result<> {
    if (!previous_)
      return {};
    if (event.position.value != previous_->position.value + 1)
      return refuse(event, "it does not follow position {}", previous_->position.value);
    if (event.recorded_at < previous_->recorded_at)
      return refuse(event, "it was recorded before the one below it");
    if (event.commit == previous_->commit)
      return {};
    ended_.insert(previous_->commit);
    if (ended_.contains(event.commit))
      return refuse(event, "its commit {} has other events further below", event.commit.text());
    return {};
  }

  // Events of one commit have the same.
  auto check_metadata(const recorded_event& event) -> result<> {
    if (event.metadata_json.empty()
        || (previous_ && event.metadata_json == previous_->metadata_json))
      return {};
    if (const auto read = parse_metadata(event.metadata_json); !read)
      return refuse(event, "its metadata cannot be read: {}", read.error().detail);
    return {};
  }

  auto take_into_stream(const recorded_event& event) -> result<> {
    const auto next = static_cast<std::uint32_t>(part_.streams.size());
    const auto [place, is_new] = streams_.try_emplace(event.stream, next);
    if (is_new) {
      if (auto good = check_stream(event); !good)
        return good;
      part_.streams.push_back({event.stream, event.version, {event.version, event.commit}});
    } else {
      auto& after = part_.streams[place->second].after;
      if (event.version.value != after.version.value + 1)
        return refuse(event, "version {} of stream {} does not follow version {}",
                      event.version.value, event.stream, after.version.value);
      after = {event.version, event.commit};
    }
    part_.stream_of.push_back(place->second);
    return {};
  }

  restored_part part_;
  boost::unordered_flat_map<std::string_view, std::uint32_t, hash> streams_;
  boost::unordered_flat_set<commit_id, std::hash<commit_id>> ended_;
  const recorded_event* previous_ = nullptr;
};

} // namespace

auto check_part(const restore_batch& part) -> result<restored_part> {
  if (auto valid = validate_name("source", part.source); !valid)
    return std::unexpected{std::move(valid.error())};
  for (const auto& archive : part.archives)
    if (auto valid = validate(archive); !valid)
      return std::unexpected{std::move(valid.error())};
  part_reader reader;
  for (const auto& event : part.events)
    if (auto taken = reader.take(event); !taken)
      return std::unexpected{std::move(taken.error())};
  return reader.finish();
}

auto check_follows(const restore_batch& part, const log_head& head, std::string_view source)
  -> result<> {
  if (source.empty() && head.position.value > 0)
    return fail(errc::invalid_argument,
                fmt::format("'{}' cannot be restored into a store that holds {} events; restore it "
                            "into a new one",
                            printable(part.source), head.position.value));
  if (!source.empty() && source != part.source)
    return fail(errc::invalid_argument,
                fmt::format("the store is being restored from '{}', not from '{}'; go on with the "
                            "former, or begin with a new store",
                            printable(source), printable(part.source)));
  if (part.events.empty())
    return {};
  const auto& first = part.events.front();
  if (first.position.value != head.position.value + 1)
    return refuse(first, "the store's log ends at position {}", head.position.value);
  if (first.commit == head.commit)
    return refuse(first, "it is of commit {} as the one below it, which came in another part",
                  first.commit.text());
  if (first.recorded_at < head.recorded_at)
    return refuse(first, "it was recorded before the one below it");
  return {};
}

auto check_follows(const restored_stream& stream, stream_version there) -> result<> {
  if (stream.first.value == there.value + 1)
    return {};
  return fail(errc::invalid_argument,
              fmt::format("version {} of stream {} cannot be restored: the stream ends at version "
                          "{}; nothing of this part was written",
                          stream.first.value, stream.id, there.value));
}

auto unknown_archive(const recorded_event& event) -> failure {
  return refuse(event, "its payload is in the archive '{}', which is not among those of the part",
                printable(event.payload))
    .error();
}

auto being_restored(std::string_view source) -> failure {
  return {errc::read_only,
          fmt::format("the store is being restored from '{}'; nothing was written, let that end "
                      "first",
                      printable(source))};
}

} // namespace eventcore::detail
