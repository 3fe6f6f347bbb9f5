#include "eventcore/admission.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto decide_repeated(const request& asked, const done_request& done) -> append_outcome {
  if (asked.digest == done.digest)
    return duplicate{done.original};
  return failure{errc::request_reused,
                 fmt::format("request '{}' was already used for another command; give each command "
                             "a request id of its own",
                             asked.id.text())};
}

// The streams that the set writes to, each with the version that its last event gets.
auto written_by(const write_set& set) -> std::vector<written_stream> {
  std::vector<written_stream> written;
  if (set.events.empty())
    return written;
  if (set.reads.size() == 1) {
    const auto& read = set.reads.front();
    written.push_back({read.stream, {read.head.version.value + set.events.size()}});
    return written;
  }
  std::vector<std::uint64_t> counts(set.reads.size());
  for (const auto& event : set.events)
    ++counts[event.stream];
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      written.push_back({set.reads[i].stream, {set.reads[i].head.version.value + counts[i]}});
  return written;
}

} // namespace

auto admit(const write_set& set, const admission_view& view, log_position next) -> append_outcome {
  if (set.request)
    if (const auto* done = view.find(set.request->id))
      return decide_repeated(*set.request, *done);
  refused misfits;
  for (const auto& [stream, expected] : set.reads)
    if (const auto found = view.head_of(stream); found != expected)
      misfits.streams.push_back({stream, expected, found});
  if (!misfits.streams.empty())
    return misfits;
  return committed{.commit = set.commit,
                   .first = set.events.empty() ? log_position{} : next,
                   .count = set.events.size(),
                   .streams = written_by(set)};
}

} // namespace eventcore
