#pragma once

#include "plan.hpp"

#include "eventcore/actors/observer.hpp"
#include <eventcore/event_store.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace harness {

/// Sees what the runtime does with the store, and what it tells its observer; keeps what is wrong.
/// Thread-safe.
class watcher final : public eventcore::observer {
public:
  explicit watcher(std::size_t most_in_batch) : most_in_batch_{most_in_batch} {}

  // -- of the store --

  void see_append(eventcore::write_batch batch);
  void see_told(eventcore::write_batch batch, const std::vector<eventcore::append_outcome>& told);
  void see_found(const eventcore::write_set& set,
                 const eventcore::result<std::optional<eventcore::committed>>& found);

  // -- of the runtime --

  void on(const eventcore::command_ended& ended) override;
  void on(const eventcore::command_retried& again) override;
  void on(const eventcore::batch_ended& ended) override;
  void on_lapsed() override;
  void on_restarted(std::string_view actor) override;

  /// How often what happened.
  auto counts() const -> std::map<std::string, std::uint64_t>;
  auto count(const std::string& what) const -> std::uint64_t;
  void add(const std::string& what);

  void complain(std::string what);

  /// What was wrong.
  auto wrong() const -> std::vector<std::string>;

private:
  void add_locked(const std::string& what);
  void see_heads(const eventcore::write_set& set);

  const std::size_t most_in_batch_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::string> wrong_;
  std::map<eventcore::commit_id, eventcore::write_set> sent_; ///< that reached the store
  std::map<std::pair<eventcore::commit_id, eventcore::stream_id>, eventcore::stream_version>
    makes_; ///< the version of each stream that each of them writes to
  std::set<eventcore::commit_id> unknown_; ///< whose outcome this log writer must look up first
};

} // namespace harness
