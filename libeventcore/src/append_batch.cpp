#include "eventcore/detail/append_batch.hpp"

#include "eventcore/json/writer.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

auto pick_valid(write_batch batch, const limits& bounds, std::span<append_outcome> outcomes)
  -> valid_sets {
  valid_sets valid;
  valid.sets.reserve(batch.size());
  valid.outcomes.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto checked = validate(*batch[i], bounds); !checked) {
      outcomes[i] = std::move(checked.error());
    } else {
      valid.sets.push_back(batch[i]);
      valid.outcomes.push_back(&outcomes[i]);
    }
  }
  return valid;
}

auto leaves_rows(const write_set& set) -> bool {
  return set.effect == effect::commit && (!set.events.empty() || set.request);
}

auto versions_json(const std::vector<written_stream>& streams) -> std::string {
  std::string json = "{";
  for (const auto& [stream, version] : streams) {
    if (json.size() > 1)
      json += ',';
    append_json_string(stream.text(), json);
    fmt::format_to(std::back_inserter(json), ":{}", version.value);
  }
  return json += '}';
}

} // namespace eventcore::detail
