#include "teller.hpp"

#include "entry.hpp"
#include "orders.hpp"

#include <utility>

#include <fmt/format.h>

namespace bank {

namespace {

// An order needs two when accounts must be opened; the rest is for unknown outcomes.
constexpr int most_tries = 8;

auto request_of(const transfer_money& order) -> std::string { return "orders/" + order.order; }

auto names_in(const transfer_money& order) -> std::vector<std::string> {
  std::vector<std::string> names{request_of(order), order.from.id().text()};
  if (order.to != order.from)
    names.push_back(order.to.id().text());
  return names;
}

auto reused(const transfer_money& order) -> std::unexpected<ec::failure> {
  return ec::fail(ec::errc::request_reused,
                  fmt::format("order {} was given before with other accounts or another amount; "
                              "give this one an id of its own",
                              order.order));
}

} // namespace

teller::teller(ec::runtime& runtime, money opening_balance, std::size_t in_flight)
    : runtime_{runtime}, store_{runtime.store()}, opening_balance_{opening_balance},
      most_in_flight_{in_flight}, options_{runtime.defaults()},
      retries_{std::make_shared<std::atomic<std::uint64_t>>()}, inbox_{std::make_shared<inbox>()} {
  options_.retry.on_retry = [retries = retries_](const ec::retry&) { ++*retries; };
}

auto teller::has_room() const -> bool {
  const auto waiting = orders_.size() - in_flight_;
  return in_flight_ < most_in_flight_ && waiting < most_in_flight_;
}

void teller::take(std::uint64_t line, transfer_money order) {
  const auto who = ++last_;
  if (turns_.enter(who, names_in(order)))
    ready_.push_back(who);
  orders_.emplace(who, pending{.line = line, .order = std::move(order)});
  start_ready();
}

auto teller::ended() -> std::vector<ended_order> {
  start_ready();
  return take(inbox_->look());
}

auto teller::wait() -> std::vector<ended_order> {
  start_ready();
  return take(inbox_->wait());
}

void teller::give_up() {
  gave_up_ = true;
  ready_.clear();
}

// -- executing ----------------------------------------------------------------

void teller::start_ready() {
  while (in_flight_ < most_in_flight_ && !ready_.empty()) {
    const auto who = ready_.front();
    ready_.pop_front();
    ++in_flight_;
    transfer(who, orders_.at(who));
  }
}

void teller::transfer(turns::number who, const pending& one) {
  auto options = options_;
  // The ids of orders are short and plain, so that they always make a request id.
  options.request = ec::unwrap(ec::request_id::of(request_of(one.order)));
  execute(who, one.order, std::move(options));
}

void teller::open(turns::number who, pending& one) {
  one.is_opening = true;
  const auto opening_balance = [this](const auto& id) {
    return is_home(id) ? opening_balance_ : money{};
  };
  const auto& [id, from, to, amount] = one.order;
  execute(who, open_accounts{from, to, opening_balance(from), opening_balance(to)}, options_);
}

void teller::execute(turns::number who, ec::any_command command, ec::execute_options options) {
  if (gave_up_)
    return;
  runtime_.execute(std::move(command), std::move(options),
                   [inbox = inbox_, who](ec::result<ec::executed> outcome) {
                     inbox->put({who, std::move(outcome)});
                   });
}

// -- answers ------------------------------------------------------------------

// What follows on an end is started when the next answers are asked for, not before the end is told.
auto teller::take(const std::vector<inbox::answer>& answers) -> std::vector<ended_order> {
  std::vector<ended_order> ended;
  for (const auto& [who, done] : answers) {
    const auto known = orders_.find(who);
    auto& one = known->second;
    auto outcome = go_on(who, one, done);
    if (outcome)
      ended.push_back({one.line, std::move(one.order.order), std::move(*outcome)});
    else if (!gave_up_)
      continue;
    orders_.erase(known);
    --in_flight_;
    for (const auto next : turns_.leave(who))
      if (!gave_up_)
        ready_.push_back(next);
  }
  return ended;
}

// Nothing when it goes on, or would if the teller had not given up.
auto teller::go_on(turns::number who, pending& one, const ec::result<ec::executed>& done)
  -> std::optional<ec::result<settled>> {
  if (std::exchange(one.is_opening, false)) {
    if (!done && done.error().code != ec::errc::outcome_unknown) // the next try will tell
      return std::unexpected{done.error()};
    accounts_opened_ += done ? done->count : 0;
    transfer(who, one);
    return std::nullopt;
  }
  if (done)
    return describe(*done);
  if (try_again(who, one, done.error()))
    return std::nullopt;
  if (done.error().code == ec::errc::request_reused)
    return reused(one.order);
  return std::unexpected{done.error()};
}

auto teller::try_again(turns::number who, pending& one, const ec::failure& why) -> bool {
  if (++one.tries == most_tries)
    return false;
  // Accounts are opened only now: the order is new and has nothing else wrong with it.
  if (why.as<not_open>()) {
    open(who, one);
    return true;
  }
  if (why.code != ec::errc::outcome_unknown)
    return false;
  transfer(who, one); // it may be done, which the same request id will tell
  return true;
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
