#include "balances.hpp"
#include "bank.hpp"
#include "entry.hpp"
#include "log_scan.hpp"
#include "orders.hpp"

#include <eventcore/load.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace bank {

namespace {

auto no_such_account(const ec::stream<account>& id) -> exit_code {
  fmt::print(stderr, "there is no account {} here\n", id.key());
  return exit_code::incomplete;
}

auto fold_balance(ec::event_store& store, const ec::stream<account>& id)
  -> ec::result<std::optional<money>> {
  const auto found = ec::load(store, id);
  if (!found)
    return std::unexpected{found.error()};
  return found->state.is_open ? std::optional{found->state.balance} : std::nullopt;
}

auto ask_balance(ec::event_store& store, const ec::stream<account>& id)
  -> ec::result<std::optional<money>> {
  if (const auto updated = update_balances(store); !updated)
    return std::unexpected{updated.error()};
  return find_balance(store, id);
}

auto fold_richest(ec::event_store& store, std::size_t count) -> ec::result<std::vector<holding>> {
  std::unordered_map<std::string, entry> accounts;
  const auto scanned = scan_log(store, [&](const ec::recorded_event& event) {
    return advance(accounts[std::string{info_of(event).key()}], event);
  });
  if (!scanned)
    return std::unexpected{scanned.error()};
  std::vector<holding> all;
  all.reserve(accounts.size());
  for (const auto& [account, last] : accounts)
    all.push_back({account, last.balance});
  const auto most = std::min(count, all.size());
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::partial_sort(all, end, [](const auto& a, const auto& b) {
    return a.balance != b.balance ? a.balance > b.balance : a.account < b.account;
  });
  all.resize(most);
  return all;
}

auto ask_richest(ec::event_store& store, std::size_t count) -> ec::result<std::vector<holding>> {
  if (const auto updated = update_balances(store); !updated)
    return std::unexpected{updated.error()};
  auto found = look(store, count);
  return found ? ec::result<std::vector<holding>>{std::move(found->richest)}
               : std::unexpected{std::move(found.error())};
}

auto describe(const entry& e) -> std::string {
  switch (e.what) {
  case entry::type::opened:
    return "opened";
  case entry::type::paid:
    return fmt::format("order {} paid to {}", e.order, e.other.key());
  case entry::type::received:
    return fmt::format("order {} received from {}", e.order, e.other.key());
  case entry::type::rejected:
    return fmt::format("order {} rejected: {}", e.order, to_text(e.reason));
  case entry::type::none:
    break;
  }
  return {};
}

void print_line(const ec::recorded_event& event, const entry& e) {
  const bool minus = e.what == entry::type::paid;
  fmt::print("{:%Y-%m-%d %H:%M:%S}  {:>14}  {:>14}  {}\n",
             std::chrono::floor<std::chrono::seconds>(event.recorded_at),
             to_text(minus ? money{} - e.amount : e.amount), e.balance, describe(e));
}

} // namespace

auto print_balance(ec::event_store& store, std::string_view text, source from) -> exit_code {
  const auto id = find_account(text);
  if (!id)
    return report(id.error());
  const auto found = from == source::events ? fold_balance(store, *id) : ask_balance(store, *id);
  if (!found)
    return report(found.error());
  if (!*found)
    return no_such_account(*id);
  fmt::print("{}\n", **found);
  return exit_code::done;
}

auto print_statement(ec::event_store& store, std::string_view text) -> exit_code {
  const auto id = find_account(text);
  if (!id)
    return report(id.error());
  entry last;
  ec::read_stream query{.stream = id->id(), .page = {.events = 200}};
  for (bool complete = false; !complete;) {
    const auto page = store.read(query);
    if (!page)
      return report(page.error());
    for (const auto& event : page->events) {
      if (const auto read = advance(last, event); !read)
        return report(read.error());
      print_line(event, last);
      query.after = event.version;
    }
    complete = page->complete;
  }
  return query.after.value == 0 ? no_such_account(*id) : exit_code::done;
}

auto print_top(ec::event_store& store, std::size_t count, source from) -> exit_code {
  const auto richest =
    from == source::events ? fold_richest(store, count) : ask_richest(store, count);
  if (!richest)
    return report(richest.error());
  for (const auto& [account, balance] : *richest)
    fmt::print("{:>14}  {}\n", balance, account);
  return exit_code::done;
}

auto report(const ec::failure& why) -> exit_code {
  fmt::print(stderr, "bank: {}\n", why.detail);
  const bool callers = why.code == ec::errc::invalid_argument || why.code == ec::errc::not_found;
  return callers ? exit_code::bad_input : exit_code::store_failed;
}

} // namespace bank
