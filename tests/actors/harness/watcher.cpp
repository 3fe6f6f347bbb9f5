#include "watcher.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace harness {

namespace ec = eventcore;

void watcher::see_append(ec::write_batch batch) {
  const std::lock_guard guard{mutex_};
  if (batch.size() > most_in_batch_)
    wrong_.push_back(
      fmt::format("a batch of {} write sets, {} are allowed", batch.size(), most_in_batch_));
  if (!unknown_.empty())
    wrong_.push_back(fmt::format("R9: appended before the outcome of commit {} was looked up",
                                 unknown_.begin()->text()));
  for (const auto* set : batch) {
    const auto [sent, is_new] = sent_.try_emplace(set->commit, *set);
    if (!is_new && sent->second != *set)
      wrong_.push_back(fmt::format("R2: two decisions with the commit id {}", set->commit.text()));
    if (!is_new)
      add_locked("sent again");
    else
      see_heads(*set);
  }
}

// The store refuses what builds on a stream that never was; a stream must not grant it at all.
void watcher::see_heads(const ec::write_set& set) {
  for (std::uint32_t i = 0; i < set.reads.size(); ++i) {
    const auto& [stream, base] = set.reads[i];
    if (const auto made = makes_.find({base.commit, stream});
        made != makes_.end() && made->second != base.version)
      wrong_.push_back(fmt::format(
        "3: commit {} is decided on {} at version {} by commit {}, which "
        "makes it version {}",
        set.commit.text(), stream, base.version.value, base.commit.text(), made->second.value));
    if (const auto count = std::ranges::count(set.events, i, &ec::new_event::stream); count > 0)
      makes_[{set.commit, stream}] = {base.version.value + static_cast<std::uint64_t>(count)};
  }
}

void watcher::see_told(ec::write_batch batch, const std::vector<ec::append_outcome>& told) {
  const std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto* failed = std::get_if<ec::failure>(&told[i]);
    if (failed && failed->code == ec::errc::outcome_unknown)
      unknown_.insert(batch[i]->commit);
    if (std::holds_alternative<ec::refused>(told[i]))
      add_locked("refused");
    if (std::holds_alternative<ec::duplicate>(told[i]))
      add_locked("duplicate");
  }
}

void watcher::see_found(const ec::write_set& set,
                        const ec::result<std::optional<ec::committed>>& found) {
  const std::lock_guard guard{mutex_};
  if (found || found.error().code != ec::errc::store_unavailable)
    unknown_.erase(set.commit);
  add_locked(found ? *found ? "looked up: there" : "looked up: not there" : "looked up: no answer");
}

void watcher::on(const ec::command_ended& ended) {
  const std::lock_guard guard{mutex_};
  add_locked(ended.failed     ? fmt::format("ended: {}", to_string(*ended.failed))
             : ended.repeated ? "ended: repeated"
                              : "ended: done");
}

void watcher::on(const ec::command_retried& again) {
  add(again.cascade ? "cascade" : fmt::format("retried: {}", to_string(again.why)));
}

void watcher::on(const ec::batch_ended& ended) {
  const std::lock_guard guard{mutex_};
  add_locked("batches");
  if (ended.write_sets > 1)
    add_locked("batches of many");
}

void watcher::on_lapsed() { add("lapsed"); }

void watcher::on_restarted(std::string_view actor) {
  const std::lock_guard guard{mutex_};
  add_locked(fmt::format("restarted: {}", actor));
  if (actor == "eventcore.log-writer")
    unknown_.clear(); // it knows of what the coordinators send it again
}

void watcher::add(const std::string& what) {
  const std::lock_guard guard{mutex_};
  add_locked(what);
}

void watcher::add_locked(const std::string& what) { ++counts_[what]; }

auto watcher::counts() const -> std::map<std::string, std::uint64_t> {
  const std::lock_guard guard{mutex_};
  return counts_;
}

auto watcher::count(const std::string& what) const -> std::uint64_t {
  const std::lock_guard guard{mutex_};
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

void watcher::complain(std::string what) {
  const std::lock_guard guard{mutex_};
  wrong_.push_back(std::move(what));
}

auto watcher::wrong() const -> std::vector<std::string> {
  const std::lock_guard guard{mutex_};
  return wrong_;
}

} // namespace harness
