#include "support/faulty_store.hpp"

#include <thread>
#include <utility>

#include <fmt/format.h>

namespace support {

namespace {

constexpr std::uint64_t thousand = 1000;
constexpr std::uint64_t longest_absence = 6; // calls

auto not_there(const char* what) -> ec::failure {
  return {ec::errc::store_unavailable, fmt::format("injected: {}", what)};
}

auto not_known(const char* what) -> ec::failure {
  return {ec::errc::outcome_unknown, fmt::format("injected: {}", what)};
}

} // namespace

faulty_store::faulty_store(std::shared_ptr<ec::event_store> inner, const fault_plan& plan,
                           fault_hooks hooks)
    : forwarding_store{std::move(inner)}, plan_{plan}, hooks_{std::move(hooks)},
      random_{plan.seed} {}

auto faulty_store::faults() const -> std::map<std::string, std::uint64_t> {
  const std::lock_guard guard{mutex_};
  return faults_;
}

// -- chance -------------------------------------------------------------------

// splitmix64: the same on every machine.
auto faulty_store::below(std::uint64_t bound) -> std::uint64_t {
  const std::lock_guard guard{mutex_};
  random_ += 0x9E3779B97F4A7C15;
  auto mixed = random_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return (mixed ^ (mixed >> 31)) % bound;
}

auto faulty_store::befalls(const char* what, std::uint32_t thousandths) -> bool {
  if (thousandths == 0 || healed_ || below(thousand) >= thousandths)
    return false;
  ++count_;
  const std::lock_guard guard{mutex_};
  ++faults_[what];
  return true;
}

auto faulty_store::is_away(const char* what, std::uint32_t thousandths) -> bool {
  if (healed_)
    return false;
  {
    const std::lock_guard guard{mutex_};
    if (away_for_ > 0) {
      --away_for_;
      ++count_;
      ++faults_["away"];
      return true;
    }
  }
  if (!befalls(what, thousandths))
    return false;
  if (befalls("stays_away", plan_.stays_away)) {
    const auto calls = 1 + below(longest_absence);
    const std::lock_guard guard{mutex_};
    away_for_ = calls;
  }
  return true;
}

auto faulty_store::append(ec::write_batch batch) -> std::vector<ec::append_outcome> {
  if (hooks_.on_append)
    hooks_.on_append(batch);
  auto told = append_with_faults(batch);
  if (hooks_.on_told)
    hooks_.on_told(batch, told);
  return told;
}

auto faulty_store::append_with_faults(ec::write_batch batch) -> std::vector<ec::append_outcome> {
  const auto all = [&](const ec::failure& why) {
    return std::vector<ec::append_outcome>(batch.size(), why);
  };
  if (plan_.latency.count() > 0 && !healed_) {
    // The time that a disk takes, which the threads of the test race in.
    const auto longest = static_cast<std::uint64_t>(plan_.latency.count());
    std::this_thread::sleep_for(std::chrono::microseconds{below(longest + 1)});
  }
  if (is_away("unavailable", plan_.unavailable))
    return all(not_there("before anything was done"));
  if (hooks_.stranger && befalls("stranger", plan_.stranger)) {
    if (const auto& reads = batch[below(batch.size())]->reads; !reads.empty())
      hooks_.stranger(*inner_, reads[below(reads.size())].stream);
  }
  if (befalls("throws_before", plan_.throws_before))
    throw store_thrown{"injected: before the append"};
  if (befalls("lost_request", plan_.lost_request))
    return all(not_known("nothing was done"));
  if (batch.size() > 1 && befalls("in_part", plan_.in_part)) {
    const auto done = 1 + below(batch.size() - 1);
    auto told = inner_->append(batch.first(done));
    told.resize(batch.size(), not_there("after a part of the batch"));
    return told;
  }
  auto told = inner_->append(batch);
  if (befalls("lost_answer", plan_.lost_answer))
    return all(not_known("all was done"));
  if (befalls("throws_after", plan_.throws_after))
    throw store_thrown{"injected: after the append"};
  return told;
}

auto faulty_store::find_commit(const ec::write_set& set, ec::log_position known)
  -> ec::result<std::optional<ec::committed>> {
  if (befalls("lookup_throws", plan_.lookup_throws))
    throw store_thrown{"injected: in a look-up"};
  auto found = [&]() -> ec::result<std::optional<ec::committed>> {
    if (is_away("lookup_unavailable", plan_.lookup_unavailable))
      return std::unexpected{not_there("in a look-up")};
    if (befalls("lookup_cannot_tell", plan_.lookup_cannot_tell))
      return std::unexpected{not_known("in a look-up")};
    return inner_->find_commit(set, known);
  }();
  if (hooks_.on_found)
    hooks_.on_found(set, found);
  return found;
}

auto faulty_store::read(std::span<const ec::read_stream> queries)
  -> ec::result<std::vector<ec::stream_page>> {
  if (befalls("read_throws", plan_.read_throws))
    throw store_thrown{"injected: in a read"};
  if (is_away("read_unavailable", plan_.read_unavailable))
    return std::unexpected{not_there("in a read")};
  return inner_->read(queries);
}

} // namespace support
