#include "domain.hpp"
#include "entry.hpp"
#include "log_scan.hpp"
#include "program.hpp"
#include "support/orders.hpp"

#include <eventcore/stores/sqlite.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

namespace ec = eventcore;

/// How often each order was done, as the log says.
auto count_orders(const std::filesystem::path& database) -> std::map<std::string, int> {
  std::map<std::string, int> counts;
  std::map<std::string, bank::entry> accounts;
  const auto store = ec::unwrap(ec::sqlite::open(database));
  ec::unwrap(bank::scan_log(*store, [&](const ec::recorded_event& event) -> ec::result<> {
    auto& last = accounts[std::string{event.stream}];
    auto read = bank::advance(last, event);
    using enum bank::entry::type;
    if (read && (last.what == paid || last.what == rejected))
      ++counts[last.order];
    return read;
  }));
  return counts;
}

/// One order file that is imported again and again, killed each time, until it is all done.
class siege {
public:
  explicit siege(std::uint64_t seed) {
    support::write_lines(scratch_.path("orders.tsv"), support::make_orders(orders, seed));
  }

  /// Imports, and kills the import at some moment after it acknowledged `more` further
  /// orders. True when it was killed, false when it reached its end before.
  auto strike(std::size_t more, std::size_t in_flight, std::size_t spins) -> bool {
    most_in_flight_ = std::max(most_in_flight_, in_flight);
    program::running import{{"import", scratch_.path("orders.tsv").string(), "--store",
                             scratch_.store(), "--print-done", "--in-flight",
                             std::to_string(in_flight)}};
    const auto stop_at = acknowledged_.size() + more;
    for (std::size_t line = 0; line < stop_at; ++line)
      if (const auto order = import.read_line())
        acknowledged_.insert(*order);
    // So that the kill does not always meet the same step of the next order.
    for (std::size_t i = 0; i < spins; ++i)
      std::this_thread::yield();
    import.kill();
    while (const auto order = import.read_line())
      acknowledged_.insert(*order);
    const auto ended = import.wait();
    BOOST_TEST(!ended.err.contains("stopped"), ended.err);
    return ended.signal == SIGKILL;
  }

  /// Nothing can be asked before the first import has made the store.
  void check() const {
    if (acknowledged_.empty())
      return;
    const auto checked = program::run({"verify", "--store", scratch_.store()});
    BOOST_TEST(checked.code == 0, checked.out << checked.err);
    const auto counts = count_orders(scratch_.path("bank.db"));
    for (const auto& order : acknowledged_) {
      const auto found = counts.find(order);
      BOOST_TEST((found != counts.end() && found->second == 1), "order " << order);
    }
    for (const auto& [order, count] : counts)
      BOOST_TEST(count == 1, "order " << order);
    // An import that was killed may have done what was in flight without saying so; the next one says it.
    BOOST_TEST(counts.size() <= acknowledged_.size() + most_in_flight_);
  }

  auto is_over() const -> bool { return acknowledged_.size() == orders; }

private:
  static constexpr std::size_t orders = 150;

  program::scratch scratch_;
  std::set<std::string> acknowledged_;
  std::size_t most_in_flight_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(an_import_that_is_killed_200_times_loses_and_doubles_no_order) {
  constexpr int kills_wanted = 200;
  const auto seed = support::test_seed();
  std::cout << "EVENTCORE_SEED=" << seed << '\n';
  BOOST_TEST_CONTEXT("EVENTCORE_SEED=" << seed) {
    std::mt19937_64 random{seed};
    for (int kills = 0; kills < kills_wanted;) {
      siege place{random()};
      while (!place.is_over() && kills < kills_wanted) {
        const auto killed = place.strike(random() % 24, 1 + random() % 8, random() % 400);
        kills += killed ? 1 : 0;
        place.check();
      }
    }
  }
}
