#include "bank.hpp"
#include "check.hpp"
#include "entry.hpp"
#include "log_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace bank {

namespace {

/// Recomputes the bank from its log, event by event. Holds the last entry of each account and the
/// ids of the orders, never the events.
class audit {
public:
  auto take(const ec::recorded_event& event) -> ec::result<>;

  /// Prints the results; true when all is well.
  auto finish(const ec::log_head& head) -> bool;

private:
  struct audited {
    entry last;
    std::uint64_t version = 0;
  };
  /// What the event after a withdrawal must be: the deposit of the same order.
  struct deposit {
    std::string order;
    std::string payer;
    std::string payee;
    money amount;
    ec::commit_id commit;

    friend auto operator==(const deposit&, const deposit&) -> bool = default;
  };

  void take_opening(const ec::recorded_event& event, const audited& now);
  void take_payment(const ec::recorded_event& event, const entry& now);
  auto print_sums() -> bool;

  std::unordered_map<std::string, audited> accounts_;
  std::unordered_set<std::string> orders_;
  std::optional<deposit> due_;
  std::uint64_t position_ = 0;
  check positions_, versions_, openings_, once_, legs_, covered_;
};

auto audit::take(const ec::recorded_event& event) -> ec::result<> {
  positions_.require(event.position.value == position_ + 1, "{} follows on {}",
                     event.position.value, position_);
  position_ = event.position.value;
  auto& now = accounts_[std::string{event.stream}];
  versions_.require(event.version.value == now.version + 1, "{}: version {} follows on {}",
                    event.stream, event.version.value, now.version);
  now.version = event.version.value;
  if (auto read = advance(now.last, event); !read)
    return read;
  take_opening(event, now);
  take_payment(event, now.last);
  covered_.require(now.last.balance >= money{}, "{} at position {}: {}", event.stream,
                   event.position.value, now.last.balance);
  return {};
}

void audit::take_opening(const ec::recorded_event& event, const audited& now) {
  const bool opens = now.last.what == entry::type::opened;
  openings_.require(opens == (event.version.value == 1), "{}: '{}' is its event number {}",
                    event.stream, event.type, event.version.value);
}

void audit::take_payment(const ec::recorded_event& event, const entry& now) {
  if (now.what == entry::type::received) {
    const deposit made{now.order, now.other.id().text(), std::string{event.stream}, now.amount,
                       event.commit};
    legs_.require(due_ == made, "order {} at position {}: a deposit without its withdrawal",
                  now.order, event.position.value);
    due_.reset();
    return;
  }
  legs_.require(!due_, "order {} at position {}: a withdrawal without its deposit",
                due_ ? due_->order : "", position_ - 1);
  due_.reset();
  if (now.what == entry::type::paid)
    due_ = deposit{now.order, std::string{event.stream}, now.other.id().text(), now.amount,
                   event.commit};
  if (now.what != entry::type::opened)
    once_.require(orders_.insert(now.order).second, "order {} at position {}: done a second time",
                  now.order, event.position.value);
}

auto audit::print_sums() -> bool {
  // No sum of 64-bit amounts leaves 128 bits.
  __extension__ using wide = __int128;
  wide opened = 0;
  wide held = 0;
  for (const auto& [id, account] : accounts_) {
    opened += account.last.opened_with.cents;
    held += account.last.balance.cents;
  }
  check sums;
  sums.require(opened == held, "{} cents were paid in at the opening, {} cents are there", opened,
               held);
  return sums.print("the sum of all balances is the sum of all opening balances");
}

auto audit::finish(const ec::log_head& head) -> bool {
  positions_.require(position_ == head.position.value, "the log ends at {} instead of {}",
                     position_, head.position.value);
  legs_.require(!due_, "order {} at position {}: a withdrawal without its deposit",
                due_ ? due_->order : "", position_);
  const bool results[] = {
    positions_.print("positions 1 to {} have no gap", position_),
    versions_.print("the versions of {} streams run from 1 without a gap", accounts_.size()),
    openings_.print("every account was opened once, by its first event"),
    once_.print("each of {} orders was done once", orders_.size()),
    legs_.print("every withdrawal has its deposit, in the same commit"),
    covered_.print("no account was ever below zero"),
    print_sums(),
  };
  return std::ranges::all_of(results, std::identity{});
}

auto find_damage(ec::event_store& store) -> ec::result<bool> {
  const auto damage = store.find_damage();
  if (!damage)
    return std::unexpected{damage.error()};
  check sound;
  for (const auto& problem : *damage)
    sound.require(false, "{}", problem);
  return sound.print("the store is not damaged");
}

} // namespace

auto verify(ec::event_store& store) -> exit_code {
  audit books;
  const auto head =
    scan_log(store, [&](const ec::recorded_event& event) { return books.take(event); });
  if (!head)
    return report(head.error());
  const bool right = books.finish(*head);
  const auto sound = find_damage(store);
  if (!sound)
    return report(sound.error());
  return right && *sound ? exit_code::done : exit_code::incomplete;
}

} // namespace bank
