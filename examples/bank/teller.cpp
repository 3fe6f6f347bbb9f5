#include "teller.hpp"

#include "entry.hpp"
#include "orders.hpp"

#include <chrono>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace bank {

using namespace std::chrono_literals;

namespace {

// An order needs three when both accounts must be opened; the rest is for unknown outcomes.
constexpr int most_tries = 8;

} // namespace

/// An order that is being settled.
struct teller::pending {
  const transfer_money* order;
  int tries = 0;
  std::optional<ec::result<settled>> outcome{};

  /// Those whose turn it is: no order before them has an account or the id in common with them.
  static auto choose(std::vector<pending>& all) -> std::vector<pending*>;
};

auto teller::pending::choose(std::vector<pending>& all) -> std::vector<pending*> {
  std::unordered_set<std::string_view> taken;
  std::vector<pending*> next;
  for (auto& one : all) {
    if (one.outcome)
      continue;
    const auto& [id, from, to, amount] = *one.order;
    const bool first = taken.insert(id).second;
    const bool pays = taken.insert(from.id().text()).second;
    const bool receives = from == to || taken.insert(to.id().text()).second;
    if (first && pays && receives)
      next.push_back(&one);
  }
  return next;
}

teller::teller(ec::event_store& store, money opening_balance)
    : store_{store}, opening_balance_{opening_balance} {
  // Many short waits: others may import orders for the same accounts at the same time.
  options_.retry = {.retries = 100, .initial = 1ms, .cap = 50ms, .on_retry = counters_.hook()};
}

auto teller::settle(std::span<const transfer_money> orders) -> std::vector<ec::result<settled>> {
  std::vector<pending> all;
  all.reserve(orders.size());
  for (const auto& order : orders)
    all.push_back({&order});
  for (auto next = pending::choose(all); !next.empty(); next = pending::choose(all))
    try_together(next);
  std::vector<ec::result<settled>> outcomes;
  for (auto& one : all)
    outcomes.push_back(std::move(*one.outcome));
  return outcomes;
}

void teller::try_together(std::span<pending* const> orders) {
  std::vector<task> tasks;
  for (const auto* one : orders) {
    tasks.push_back({*one->order, options_});
    // The ids of orders are short and plain, so that they always make a request id.
    tasks.back().options.request = ec::unwrap(ec::request_id::of("orders/" + one->order->order));
  }
  const auto done = execute_all(store_, tasks);
  std::set<ec::stream<account>> closed;
  for (std::size_t i = 0; i < orders.size(); ++i)
    take(*orders[i], done[i], closed);
  if (const auto opened = open(closed); !opened)
    for (auto* one : orders)
      if (!one->outcome)
        one->outcome = std::unexpected{opened.error()};
}

// Leaves the order without an outcome when it is to be tried again.
void teller::take(pending& order, const ec::result<ec::executed>& done,
                  std::set<ec::stream<account>>& closed) {
  if (done) {
    order.outcome = describe(*done);
    return;
  }
  if (++order.tries < most_tries) {
    // Accounts are opened only now: the order is new and has nothing else wrong with it.
    if (const auto account = done.error().as<not_open>()) {
      closed.insert(account->id);
      return;
    }
    // It may be done, which the same request id will tell.
    if (done.error().code == ec::errc::outcome_unknown)
      return;
  }
  if (done.error().code == ec::errc::request_reused)
    order.outcome = ec::fail(ec::errc::request_reused,
                             fmt::format("order {} was given before with other accounts or another "
                                         "amount; give this one an id of its own",
                                         order.order->order));
  else
    order.outcome = std::unexpected{done.error()};
}

auto teller::open(const std::set<ec::stream<account>>& accounts) -> ec::result<> {
  std::vector<task> tasks;
  tasks.reserve(accounts.size());
  for (const auto& id : accounts)
    tasks.push_back({open_account{id, is_home(id) ? opening_balance_ : money{}}, options_});
  for (const auto& done : execute_all(store_, tasks)) {
    if (done)
      accounts_opened_ += done->count;
    else if (done.error().code != ec::errc::outcome_unknown) // the order's next try will tell
      return std::unexpected{done.error()};
  }
  return {};
}

auto teller::describe(const ec::executed& order) -> ec::result<settled> {
  if (order.repeated)
    return settled{.already_done = true};
  if (order.count > 1)
    return settled{};
  const auto page =
    store_.read(ec::read_log{.after = {order.first.value - 1}, .page = {.events = 1}});
  if (!page)
    return std::unexpected{page.error()};
  entry rejected;
  for (const auto& event : page->events)
    if (auto read = advance(rejected, event); !read)
      return std::unexpected{std::move(read.error())};
  return settled{.rejected_for = rejected.reason};
}

} // namespace bank
