#include "eventcore/audit.hpp"

#include "eventcore/log_batch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

constexpr std::size_t most_problems = 20;

class examination {
public:
  examination(std::string_view projection, std::span<const log_position> applied)
      : projection_{projection}, applied_{applied.begin(), applied.end()} {
    for (std::size_t i = 1; i < applied.size(); ++i)
      if (applied[i] < applied[i - 1])
        found(report_.out_of_order, applied[i], "was applied after a later one");
    std::ranges::sort(applied_);
  }

  void expect(log_position at, std::uint64_t times) {
    if (times == 0)
      return;
    ++report_.events;
    pass_foreign(at);
    std::uint64_t there = 0;
    for (; next_ < applied_.size() && applied_[next_] == at; ++next_)
      if (++there > times)
        found(report_.doubled, at, "was applied more than once");
    if (there < times)
      found(report_.missing, at, there == 0 ? "was not applied" : "was applied in part");
  }

  auto end() -> audit_report {
    pass_foreign(log_position::max());
    return std::move(report_);
  }

private:
  void pass_foreign(log_position before) {
    for (; next_ < applied_.size() && applied_[next_] < before; ++next_)
      found(report_.foreign, applied_[next_], "was applied, but is none of the projection's");
  }

  void found(std::uint64_t& count, log_position at, std::string_view what) {
    ++count;
    if (report_.problems.size() < most_problems)
      report_.problems.push_back(
        fmt::format("projection '{}': the event at position {} {}", projection_, at.value, what));
  }

  std::string_view projection_;
  std::vector<log_position> applied_;
  std::size_t next_ = 0;
  audit_report report_;
};

} // namespace

auto audit(event_store& store, const projection_type& of, std::span<const log_position> applied,
           log_position through) -> result<audit_report> {
  if (const auto there = find_position(store, through); !there)
    return std::unexpected{there.error()};
  examination examined{of.name, applied};
  for (batch_query query{.filter = of.filter()}; query.after.position < through;) {
    auto batch = read_batch(store, query);
    if (!batch)
      return std::unexpected{std::move(batch.error())};
    for (const auto& event : batch->events)
      if (event.position <= through)
        examined.expect(event.position, of.parts(event).value_or(1)); // which was to be read
    query.after = checkpoint_at(batch->through);
  }
  return examined.end();
}

} // namespace eventcore
