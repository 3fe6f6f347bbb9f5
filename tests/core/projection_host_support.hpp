#pragma once

#include "support/accounts.hpp"
#include "support/guarded_store.hpp"

#include <eventcore/execute.hpp>
#include <eventcore/projection_host.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/clock.hpp>

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace hosting {

using namespace accounts;
using namespace ec::testing;
using namespace std::chrono_literals;

using numbers = std::vector<std::uint64_t>;
using host = ec::projection_host;

struct record {
  static constexpr std::string_view name = "record";
  using streams = ec::kinds<account>;

  numbers positions{};
  std::set<std::uint64_t> bad{};

  void apply(const money_deposited&, const ec::event_info& about) {
    if (bad.contains(about.position.value))
      throw std::runtime_error{"no luck"};
    positions.push_back(about.position.value);
  }
  void reset() { positions.clear(); }
};

struct fixture {
  manual_clock clock;
  std::shared_ptr<ec::event_store> store =
    ec::memory::open(ec::store_settings{.clock = [this] { return clock(); }});
  support::guarded_store guarded{store};
  std::chrono::steady_clock::time_point steady{std::chrono::hours{1}};
  ec::environment around;

  fixture() {
    around.random = [] { return 0.5; };
    around.now = [this] { return ec::moment{.wall = clock(), .steady = steady}; };
  }

  void pass(std::chrono::microseconds time) {
    clock.advance(time);
    steady += time;
  }

  void deposits(int count) {
    for (int i = 0; i < count; ++i)
      ec::unwrap(ec::execute(*store, deposit{{"alice"}, 1}));
  }

  auto saved() const -> std::uint64_t {
    return ec::unwrap(store->load_checkpoint("record")).value_or(ec::checkpoint{}).position.value;
  }

  /// Steps until it rests for `at_least`; time passes in shorter rests.
  void settle(host& it, std::chrono::microseconds at_least = 1ms) {
    for (int i = 0; i < 10'000; ++i) {
      const auto next = it.step();
      BOOST_REQUIRE(!std::holds_alternative<host::ended>(next));
      if (const auto* rest = std::get_if<host::rest>(&next)) {
        if (rest->at_most >= at_least)
          return;
        pass(rest->at_most);
      }
    }
    BOOST_FAIL("it does not come to rest");
  }

  auto end(host& it) -> ec::result<ec::projection_status> {
    for (int i = 0; i < 10'000; ++i) {
      auto next = it.step();
      if (auto* ended = std::get_if<host::ended>(&next))
        return std::move(ended->outcome);
      if (const auto* rest = std::get_if<host::rest>(&next))
        pass(rest->at_most);
    }
    BOOST_FAIL("it does not end");
    return {};
  }
};

inline auto continuous() -> ec::projection_options { return {.until = ec::run_until::stopped}; }

} // namespace hosting
