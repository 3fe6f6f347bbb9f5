#include "eventcore/detail/archiving.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/json.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

auto validate(const archive_entry& archive) -> result<> {
  if (auto valid = validate_name("archive", archive.file); !valid)
    return valid;
  return archive.checksum.empty() ? result<>{} : validate_name("checksum", archive.checksum);
}

auto another_archive(const archive_entry& archive) -> failure {
  return {errc::invalid_argument,
          fmt::format("the store knows an archive '{}' with another checksum than {}; give the new "
                      "one a name of its own",
                      printable(archive.file), printable(archive.checksum))};
}

auto archive_in_use(std::string_view file, std::uint64_t events) -> failure {
  return {errc::invalid_argument,
          fmt::format("the payloads of {} events are in the archive '{}'; restore them before it "
                      "is forgotten",
                      events, printable(file))};
}

void archive_check::take(const expectation& expected, const stream_head& found, bool closed) {
  if (found != expected.head)
    misfits_.push_back({expected.stream, expected.head, found});
  else if (!closed)
    open_.push_back(expected.stream);
}

auto archive_check::outcome() const -> result<> {
  if (!misfits_.empty()) {
    failure conflict{errc::version_conflict,
                     fmt::format("{} of the streams that are to be archived moved on, the first is "
                                 "{}; nothing was archived, look at them again",
                                 misfits_.size(), misfits_.front().stream)};
    conflict.streams = misfits_;
    return std::unexpected{std::move(conflict)};
  }
  if (!open_.empty())
    return fail(errc::invalid_argument,
                fmt::format("stream {} is not closed (its last event is no {}) and cannot be "
                            "archived; nothing was archived",
                            open_.front(), closed_event));
  return {};
}

auto validate_returning(const recorded_event& event) -> result<> {
  const auto refuse = [&](std::string_view why) {
    return fail(errc::invalid_argument,
                fmt::format("the event at position {} cannot get its payload back: {}; nothing was "
                            "restored",
                            event.position.value, why));
  };
  if (event.encoding != encoding::json && event.encoding != encoding::bytes)
    return refuse("it comes without one");
  if (event.encoding == encoding::json)
    if (const auto valid = validate_json(event.payload); !valid)
      return refuse("it is not valid JSON, " + valid.error().detail);
  return {};
}

auto another_event(const recorded_event& event) -> failure {
  return {errc::invalid_argument,
          fmt::format("the log does not hold version {} of stream {} by commit {} at position {}: "
                      "the archive is of another store; nothing was restored",
                      event.version.value, printable(event.stream), event.commit.text(),
                      event.position.value)};
}

} // namespace eventcore::detail
