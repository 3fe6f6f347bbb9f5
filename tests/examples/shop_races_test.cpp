#include "read_models.hpp"
#include "seed.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/load.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>

using namespace shop;

namespace {

const ec::stream<stock> teapot{"teapot"};

/// A program that serves the shop: two of them know nothing of each other.
struct shop_program {
  explicit shop_program(std::shared_ptr<ec::event_store> store)
      : runtime{ec::unwrap(ec::runtime::start(system, std::move(store), quiet()))} {}

  static auto quiet() -> ec::runtime_settings {
    ec::runtime_settings settings;
    settings.log.level = "off";
    settings.retry.retries = 1'000; // the last teapot is worth it
    return settings;
  }

  ec::system_config config{};
  caf::actor_system system{config};
  ec::runtime runtime;
};

void together(std::size_t threads, const std::function<void(std::size_t)>& act) {
  std::vector<std::jthread> all;
  for (std::size_t i = 0; i < threads; ++i)
    all.emplace_back(act, i);
}

template <class ReadModel>
auto read(ec::event_store& store) -> ReadModel {
  ReadModel made;
  ec::unwrap(ec::run(store, made, {.from = ec::checkpoint{}}));
  return made;
}

auto named(std::size_t buyer, std::size_t order) -> std::string {
  return fmt::format("{}-{}", buyer, order);
}

auto place(ec::runtime& runtime, const std::string& number) -> bool {
  const auto order = ec::unwrap(ec::stream<shop::order>::of(number));
  return once(runtime, "place/" + number, place_order{order, "somebody", {{teapot, 1}}})
    .has_value();
}

auto pay(ec::runtime& runtime, const std::string& number) -> bool {
  const auto order = ec::unwrap(ec::stream<shop::order>::of(number));
  const auto payment = ec::unwrap(ec::stream<shop::payment>::of(number));
  return once(runtime, "pay/" + number, pay_order{order, payment, 2'000}).has_value();
}

/// A directory of a test's own.
struct scratch {
  scratch() {
    auto name = (std::filesystem::temp_directory_path() / "shop-test-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()));
    directory = name;
  }
  scratch(const scratch&) = delete;
  auto operator=(const scratch&) -> scratch& = delete;
  ~scratch() { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(shop_races)

// All have ordered while there was enough.
BOOST_AUTO_TEST_CASE(many_buyers_get_no_more_teapots_than_there_are) {
  constexpr std::int64_t teapots = 50;
  constexpr std::size_t buyers = 8;
  constexpr std::size_t orders = 20;
  shop_program shop{ec::memory::open()};
  BOOST_REQUIRE(once(shop.runtime, "restock/1", restock{teapot, teapots, 2'000}));
  std::atomic<std::int64_t> bought = 0;
  for (const auto& [act, done] : {std::pair{&place, 0}, {&pay, 1}})
    together(buyers, [&](std::size_t buyer) {
      for (std::size_t order = 0; order < orders; ++order)
        bought += act(shop.runtime, named(buyer, order)) ? done : 0;
    });
  BOOST_TEST(bought == teapots);
  const auto found = ec::unwrap(ec::load(shop.runtime.store(), teapot)).state;
  BOOST_TEST(found.left == 0);
}

BOOST_AUTO_TEST_CASE(two_programs_on_one_file_do_not_oversell_either) {
  constexpr std::int64_t teapots = 20;
  constexpr std::size_t buyers = 4;
  constexpr std::size_t orders = 10;
  const scratch here;
  const auto file = here.directory / "shop.db";
  shop_program one{ec::unwrap(ec::sqlite::open(file))};
  shop_program other{ec::unwrap(ec::sqlite::open(file))};
  BOOST_REQUIRE(once(one.runtime, "restock/1", restock{teapot, teapots, 2'000}));
  std::atomic<std::int64_t> bought = 0;
  for (const auto& [act, done] : {std::pair{&place, 0}, {&pay, 1}})
    together(buyers, [&](std::size_t buyer) {
      auto& runtime = buyer % 2 == 0 ? one.runtime : other.runtime;
      for (std::size_t order = 0; order < orders; ++order)
        bought += act(runtime, named(buyer, order)) ? done : 0;
    });
  BOOST_TEST(bought == teapots);
  BOOST_TEST(read<catalogue>(other.runtime.store()).items.at("teapot").left == 0);
}

BOOST_AUTO_TEST_CASE(buyers_who_send_things_back_leave_the_books_right) {
  constexpr std::size_t buyers = 6;
  shop_program shop{ec::memory::open()};
  for (const auto& one : assortment)
    BOOST_REQUIRE(once(shop.runtime, fmt::format("restock/{}", one.item.key()), one));
  together(buyers, [&](std::size_t buyer) {
    go_shopping(shop.runtime, fmt::format("buyer-{}", buyer), 60);
  });
  const auto shelf = read<catalogue>(shop.runtime.store());
  std::int64_t earned = 0;
  for (const auto& [item, pieces, price] : assortment) {
    const auto& entry = shelf.items.find(item.key())->second;
    BOOST_TEST(entry.left >= 0);
    BOOST_TEST(entry.left + entry.sold == pieces);
    BOOST_TEST(entry.earned == entry.sold * price);
    BOOST_TEST(ec::unwrap(ec::load(shop.runtime.store(), item)).state.left == entry.left);
    earned += entry.earned;
  }
  std::int64_t paid = 0;
  for (const auto& [number, order] : read<order_summaries>(shop.runtime.store()).orders)
    paid += order.status == order_status::paid ? order.total : 0;
  BOOST_TEST(paid == earned);
  BOOST_TEST(earned > 0);
}

BOOST_AUTO_TEST_SUITE_END()
