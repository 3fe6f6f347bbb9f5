#include "actors/support/world.hpp"
#include "support/accounts.hpp"

#include <string>

using namespace accounts;
using namespace support;

namespace {

constexpr std::string_view the_keeper = "eventcore.request-keeper";

/// Its clock is the test's.
struct clocked {
  ec::timestamp now{std::chrono::hours{1'000'000}};
  std::shared_ptr<ec::event_store> store = ec::memory::open({.clock = [this] { return now; }});

  void request(int first, int last) {
    for (auto i = first; i <= last; ++i) {
      ec::execute_options options;
      options.request = ec::unwrap(ec::request_id::of(std::to_string(i)));
      ec::unwrap(ec::execute(*store, deposit{ec::stream<account>{"alice"}, 1}, options));
    }
  }

  auto kept() -> std::size_t {
    return ec::unwrap(store->maintenance().list_requests({}, 100'000)).size();
  }
};

auto keeping(std::chrono::milliseconds time) -> ec::runtime_settings {
  auto settings = world::one_of_each();
  settings.requests.keep = time;
  return settings;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_keeper)

BOOST_AUTO_TEST_CASE(old_requests_are_forgotten_when_the_runtime_starts) {
  clocked on;
  on.request(1, 3);
  on.now += 25h;
  on.request(4, 5);
  const world w{keeping(24h), on.store};
  BOOST_TEST(on.kept() == 2U);
}

BOOST_AUTO_TEST_CASE(and_again_and_again_at_most_once_an_hour) {
  clocked on;
  world w{keeping(100h), on.store};
  on.request(1, 3);
  on.now += 101h;
  w.pass(59min);
  BOOST_TEST(on.kept() == 3U);
  w.pass(2min);
  BOOST_TEST(on.kept() == 0U);
  on.request(1, 1);
  on.now += 101h;
  w.pass(1h);
  BOOST_TEST(on.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(many_are_forgotten_a_few_at_a_time) {
  clocked on;
  on.request(1, 2'500);
  on.now += 2h;
  world w{keeping(1h), on.store};
  BOOST_TEST(on.kept() == 1'500U); // the others have the store in between
  w.pass(5min);
  BOOST_TEST(on.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_while_its_outcome_is_unknown_has_one_effect) {
  clocked on;
  world w{world::one_of_each(), on.store};
  using outcomes = std::vector<ec::append_outcome>;
  w.store->on_append = [&](ec::write_batch batch) -> std::optional<outcomes> {
    static_cast<void>(on.store->append(batch));
    return outcomes{batch.size(), ec::failure{ec::errc::outcome_unknown, "the answer was lost"}};
  };
  w.store->on_find = [&]() -> std::optional<ec::failure> {
    on.now += 2h;
    BOOST_TEST(ec::unwrap(on.store->maintenance().forget_requests(1h, 10)) == 1U);
    return std::nullopt;
  };
  const auto one = w.execute(deposit{ec::stream<account>{"alice"}, 1},
                             {.request = ec::unwrap(ec::request_id::of("1"))});
  w.run();
  w.pass(5s);
  BOOST_TEST(w.succeeded(one));
  BOOST_TEST(w.store->appends == 1U);
  BOOST_TEST(on.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(requests_are_kept_for_ever_unless_a_setting_says_otherwise) {
  clocked on;
  on.request(1, 3);
  on.now += 1'000'000h;
  world w{world::one_of_each(), on.store};
  w.pass(10h);
  BOOST_TEST(on.kept() == 3U);
  BOOST_TEST(w.count(the_keeper) == 0U);
}

BOOST_AUTO_TEST_CASE(who_forgets_is_replaced_when_it_dies) {
  clocked on;
  world w{keeping(10h), on.store};
  w.kill(the_keeper);
  w.run();
  BOOST_REQUIRE(w.watching->restarted.size() == 1U);
  BOOST_TEST(w.watching->restarted.front() == the_keeper);
  on.request(1, 1);
  on.now += 11h;
  w.pass(1h);
  BOOST_TEST(on.kept() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
