#pragma once

#include <eventcore/command.hpp>
#include <eventcore/event_store.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>

// A small domain for tests of snapshots: its states depend on every event and on their order.
namespace meters {

namespace ec = eventcore;

struct counted {
  std::uint64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(counted, (), (n))

struct meter {
  using events = ec::events<counted>;

  std::uint64_t count = 0;
  std::uint64_t chain = 1;
  std::vector<std::uint64_t> last{}; ///< up to three, the newest at the end

  void apply(const counted& e) {
    ++count;
    chain = chain * 6'364'136'223'846'793'005 + e.n;
    last.push_back(e.n);
    if (last.size() > 3)
      last.erase(last.begin());
  }

  friend auto operator==(const meter&, const meter&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(meter, (), (count, chain, last))

/// Another view of a meter.
struct sum_of {
  std::uint64_t sum = 0;

  void apply(const counted& e) { sum += e.n; }

  friend auto operator==(const sum_of&, const sum_of&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(sum_of, (), (sum))

/// One whose states cannot be kept: it is not described.
struct parity {
  bool odd = false;

  void apply(const counted& e) { odd = odd != (e.n % 2 == 1); }
};

struct count {
  ec::stream<meter> at;
  std::uint64_t n = 0;

  auto handle(const meter&) const -> ec::result<counted> { return counted{n}; }
};
BOOST_DESCRIBE_STRUCT(count, (), (at, n))

/// Commits one event for each number, all in one transaction, to a stream that stands at `at`.
/// Gives where it stands then.
inline auto commit(ec::event_store& store, ec::id_source& ids, const ec::stream_id& stream,
                   const ec::stream_head& at, std::span<const std::uint64_t> numbers)
  -> ec::stream_head {
  ec::testing::stream_of events{stream};
  events.at(at);
  for (const auto n : numbers)
    events.event("counted", fmt::format(R"({{"n":{}}})", n));
  const auto set = ec::testing::write_of(ids, {events});
  ec::testing::must_commit(store, set);
  return ec::testing::head_after(set, stream.text());
}

} // namespace meters
