#include "read_models.hpp"
#include "seed.hpp"

#include <eventcore/actors/config.hpp>
#include <eventcore/backends.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <algorithm>
#include <exception>
#include <future>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>

using namespace shop;

namespace {

struct arguments {
  std::string store, order, customer, payment, item, delivery;
  std::vector<std::pair<std::string, std::int64_t>> wanted;
  std::int64_t pieces = 0, cents = 0;
  std::size_t count = 10;
};

template <class Kind>
auto named(const std::string& key) -> ec::stream<Kind> {
  return ec::unwrap(ec::stream<Kind>::of(key));
}

// -- commands, on a runtime ---------------------------------------------------

auto seed(ec::runtime& runtime, const arguments& given) -> ec::result<ec::executed> {
  for (const auto& one : assortment)
    (void)once(runtime, fmt::format("restock/{}", one.item.key()), one);
  std::vector<std::future<void>> customers;
  for (const std::string who : {"anna", "ben", "carla", "dora", "emil", "frida", "gus", "hanna"})
    customers.push_back(
      std::async(std::launch::async, [&, who] { go_shopping(runtime, who, given.count); }));
  for (auto& customer : customers)
    customer.get();
  return {};
}

auto stock_up(ec::runtime& runtime, const arguments& given) -> ec::result<ec::executed> {
  return once(runtime, "restock/" + given.delivery,
              restock{named<stock>(given.item), given.pieces, given.cents});
}

auto place(ec::runtime& runtime, const arguments& given) -> ec::result<ec::executed> {
  place_order placed{named<order>(given.order), given.customer, {}};
  for (const auto& [item, pieces] : given.wanted)
    placed.wanted[named<stock>(item)] += pieces;
  return once(runtime, "place/" + given.order, placed);
}

auto pay(ec::runtime& runtime, const arguments& given) -> ec::result<ec::executed> {
  return once(runtime, fmt::format("pay/{}/{}", given.order, given.payment),
              pay_order{named<order>(given.order), named<payment>(given.payment), given.cents});
}

auto cancel(ec::runtime& runtime, const arguments& given) -> ec::result<ec::executed> {
  return once(runtime, "cancel/" + given.order, cancel_order{named<order>(given.order)});
}

// -- questions, of a store ----------------------------------------------------

// begin: read
/// A read model of the whole log as it is now.
template <class ReadModel>
auto read(ec::event_store& store) -> ReadModel {
  ReadModel made;
  ec::unwrap(ec::run(store, made, {.from = ec::checkpoint{}}));
  return made;
}
// end: read

void print_orders(ec::event_store& store, const arguments& given) {
  for (const auto& [number, order] : read<order_summaries>(store).orders)
    if (given.customer.empty() || given.customer == order.customer)
      fmt::print("{:<10} {:<10} {:>4} pieces {:>8} cents  {}\n", number, order.customer,
                 order.pieces, order.total, to_text(order.status));
}

void print_stock(ec::event_store& store, const arguments&) {
  for (const auto& [name, item] : read<catalogue>(store).items)
    fmt::print("{:<10} {:>4} left at {:>6} cents\n", name, item.left, item.price);
}

void print_best_sellers(ec::event_store& store, const arguments& given) {
  const auto all = read<catalogue>(store);
  std::vector<std::pair<std::string, catalogue::entry>> best{all.items.begin(), all.items.end()};
  std::ranges::stable_sort(best, std::greater{}, [](const auto& one) { return one.second.sold; });
  best.resize(std::min(given.count, best.size()));
  for (const auto& [name, item] : best)
    fmt::print("{:<10} {:>4} sold for {:>8} cents\n", name, item.sold, item.earned);
}

// -- the program --------------------------------------------------------------

auto open(const arguments& given, const ec::runtime_settings& settings, bool to_read)
  -> std::shared_ptr<ec::event_store> {
  auto how = settings.store_defaults();
  how.read_only = to_read;
  how.create = !to_read;
  ec::backends known;
  ec::memory::add_to(known);
  ec::postgres::add_to(known);
  ec::sqlite::add_to(known);
  return ec::unwrap(known.open(given.store.empty() ? settings.store : given.store, how));
}

using command = ec::result<ec::executed> (*)(ec::runtime&, const arguments&);
using question = void (*)(ec::event_store&, const arguments&);

// begin: act
/// 0: it is done; 1: a rule of the shop said no.
auto act(command wanted, const arguments& given, ec::system_config& config) -> int {
  const auto settings = ec::unwrap(ec::read_settings(config));
  const auto store = open(given, settings, false);
  caf::actor_system system{config};
  auto runtime = ec::unwrap(ec::runtime::start(system, store, settings));
  const auto done = wanted(runtime, given);
  if (done)
    fmt::print("{}\n", done->repeated ? "done before" : "done");
  else
    fmt::print(stderr, "{}\n", done.error().detail);
  return done ? 0 : 1;
}
// end: act

auto ask(question wanted, const arguments& given, const ec::system_config& config) -> int {
  const auto store = open(given, ec::unwrap(ec::read_settings(config)), true);
  wanted(*store, given);
  return 0;
}

template <class Value>
struct operand {
  const char* name;
  Value& value;
};

/// The command line.
struct command_line {
  CLI::App app{"A shop: what it sells, to whom, and for how much."};
  arguments given{};
  std::variant<command, question> wanted{};

  command_line() {
    app.require_subcommand(1)->fallthrough()->allow_extras();
    app.add_option("--store", given.store, "URL of the store; else sqlite:shop.db");
    const operand order{"ORDER", given.order};
    const operand cents{"CENTS", given.cents};
    add("seed", "Stock the shelf, and eight customers go shopping", &seed,
        operand{"--orders", given.count});
    add("restock", "Put pieces on the shelf; from now on one costs CENTS", &stock_up,
        operand{"DELIVERY", given.delivery}, operand{"ITEM", given.item},
        operand{"PIECES", given.pieces}, cents);
    add("place", "Order so many pieces of each item", &place, order,
        operand{"CUSTOMER", given.customer}, operand{"ITEM PIECES", given.wanted});
    add("pay", "Pay an order", &pay, order, operand{"PAYMENT", given.payment}, cents);
    add("cancel", "Cancel an order; one that is paid gets its money back", &cancel, order);
    add("orders", "List the orders", &print_orders, operand{"--customer", given.customer});
    add("stock", "List what is on the shelf", &print_stock);
    add("best-sellers", "List what sells best", &print_best_sellers,
        operand{"--count", given.count});
  }

  template <class Function, class... Values>
  void add(const char* name, const char* text, Function* what, operand<Values>... operands) {
    auto* const made = app.add_subcommand(name, text);
    made->callback([this, what] { wanted = what; });
    (made->add_option(operands.name, operands.value)->required(operands.name[0] != '-'), ...);
  }

  auto run(ec::system_config& config) const -> int {
    const auto* const to_do = std::get_if<command>(&wanted);
    return to_do ? act(*to_do, given, config) : ask(std::get<question>(wanted), given, config);
  }
};

} // namespace

auto main(int argc, char** argv) -> int try {
  command_line line;
  CLI11_PARSE(line.app, argc, argv);
  ec::system_config config; // what is left are settings, such as --eventcore.log.level=info
  config.set("eventcore.log.level", "warn").set("eventcore.store", "sqlite:shop.db");
  if (const auto wrong = config.parse(line.app.remaining(true)))
    throw std::invalid_argument{caf::actor_system_config::render(wrong)};
  return line.run(config);
} catch (const std::exception& error) {
  fmt::print(stderr, "eventcore-shop: {}\n", error.what());
  return 2;
}
