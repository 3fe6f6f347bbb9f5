#pragma once

#include "eventcore/applier.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventcore {

/// Over how many workers a projection is spread.
struct partitions {
  std::size_t count = 1;
};

/// Which of `count` partitions a key belongs to: the same in every program and every version.
auto partition_of(std::string_view key, std::size_t count) -> std::size_t;

namespace detail {

/// The projection says which events must be applied one after the other: those of one key. Without
/// it the key is the stream's id.
template <class Projection>
concept has_partition_by = requires(const event_info& about) {
  { Projection::partition_by(about) } -> std::convertible_to<std::string>;
} || requires(const event_info& about) {
  { Projection::partition_by(about) } -> std::convertible_to<std::string_view>;
};

template <class Projection>
auto partition_key(const recorded_event& event) -> std::string {
  if constexpr (has_partition_by<Projection>)
    return std::string{Projection::partition_by(info_of(event))};
  else
    return std::string{event.stream};
}

using partition_key_function = std::string (*)(const recorded_event& event);

/// The partition of an event of a projection. Fails with `handler_failed` when `key` throws.
auto find_partition(std::string_view projection, partition_key_function key,
                    const recorded_event& event, std::size_t count) -> result<std::size_t>;

auto make_partitioned(std::vector<any_projection> workers, partition_key_function key)
  -> std::shared_ptr<applier>;

} // namespace detail

/// Spreads a projection over workers, each with a thread and an object of its own: events of one key
/// are applied by one worker, in order; those of different keys side by side. The key is what
/// `static auto partition_by(const ec::event_info&)` of the projection gives, a text, or else the
/// stream. The checkpoint says what all have done. After a crash events since the last save come
/// again. `workers` is not empty and outlives what is returned.
///
///     std::vector<mailer> workers(4);
///     ec::run(store, ec::partitioned(workers), options);
template <class Projection>
auto partitioned(std::vector<Projection>& workers) -> std::shared_ptr<applier> {
  std::vector<any_projection> all;
  for (auto& worker : workers)
    all.emplace_back(worker);
  return detail::make_partitioned(std::move(all), &detail::partition_key<Projection>);
}

} // namespace eventcore
