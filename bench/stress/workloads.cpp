#include "discovery.hpp"
#include "domain.hpp"
#include "workload.hpp"

#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

auto account_named(ec::stream_id id) -> ec::stream<account> {
  return ec::unwrap(ec::stream<account>::from_id(std::move(id)));
}

/// Deposits on a fixed stream for each client.
class deposits final : public workload {
public:
  explicit deposits(std::vector<ec::stream_id> ids) : ids_{std::move(ids)} {
    for (const auto& id : ids_)
      accounts_.push_back(account_named(id));
  }

  auto next(client_place& client) -> ec::any_command override {
    return deposit{accounts_[client.index % accounts_.size()], 1};
  }
  auto accounts() const -> std::vector<ec::stream_id> override { return ids_; }
  auto streams() const -> std::size_t override { return ids_.size(); }

private:
  std::vector<ec::stream_id> ids_;
  std::vector<ec::stream<account>> accounts_;
};

class transfers final : public workload {
public:
  explicit transfers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      accounts_.push_back(account_named(numbered_account(i)));
  }

  auto next(client_place& client) -> ec::any_command override {
    const auto pick = [&](std::size_t below) {
      return std::uniform_int_distribution<std::size_t>{0, below - 1}(client.random);
    };
    const auto from = pick(accounts_.size());
    const auto others = pick(accounts_.size() - 1);
    return transfer{accounts_[from], accounts_[others < from ? others : others + 1], 1};
  }
  auto accounts() const -> std::vector<ec::stream_id> override {
    std::vector<ec::stream_id> ids;
    for (const auto& one : accounts_)
      ids.push_back(one.id());
    return ids;
  }
  auto streams() const -> std::size_t override { return accounts_.size(); }

private:
  std::vector<ec::stream<account>> accounts_;
};

/// Deposits on new streams.
class saturation final : public workload {
public:
  explicit saturation(ec::log_position base) : base_{base} {}

  auto next(client_place& client) -> ec::any_command override {
    return deposit{account_named(new_account(base_, client.index, client.sent)), 1};
  }
  auto streams() const -> std::size_t override { return 0; }

private:
  ec::log_position base_;
};

/// Deposits on one stream after the other.
class touch final : public workload {
public:
  auto next(client_place& client) -> ec::any_command override {
    return deposit{account_named(numbered_account(client.ticket)), 1};
  }
  auto streams() const -> std::size_t override { return 0; }
};

auto all_client_accounts(const options& given) -> std::vector<ec::stream_id> {
  std::vector<ec::stream_id> ids;
  for (std::size_t i = 0; i < given.clients(); ++i)
    ids.push_back(client_account(given.first_client + i));
  return ids;
}

} // namespace

auto shared_account() -> ec::stream_id { return ec::stream<account>{"shared"}.id(); }

auto client_account(std::size_t client) -> ec::stream_id {
  return ec::stream_id::trusted(fmt::format("account-client-{}", client));
}

auto numbered_account(std::size_t number) -> ec::stream_id {
  return ec::stream_id::trusted(fmt::format("account-{:07}", number));
}

auto new_account(ec::log_position base, std::size_t client, std::uint64_t number) -> ec::stream_id {
  return ec::stream_id::trusted(fmt::format("account-new-{}-{}-{}", base.value, client, number));
}

auto make_workload(const options& given, ec::log_position base) -> std::unique_ptr<workload> {
  switch (given.scenario) {
  case scenario::throughput:
  case scenario::projection:
    return std::make_unique<deposits>(all_client_accounts(given));
  case scenario::transfers:
    return std::make_unique<transfers>(given.accounts);
  case scenario::discovery:
    return make_discovery(given.streams, given.seed);
  case scenario::saturation:
    return std::make_unique<saturation>(base);
  case scenario::touch:
    return std::make_unique<touch>();
  case scenario::contention:
  case scenario::raw:
  case scenario::section:
  case scenario::reading:
  case scenario::cold:
    break;
  }
  return std::make_unique<deposits>(std::vector{shared_account()});
}

} // namespace stress
