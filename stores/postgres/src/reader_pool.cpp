#include "reader_pool.hpp"

#include <utility>

namespace eventcore::postgres {

reader_pool::reader_pool(connector& from, std::size_t most, std::size_t largest_payload)
    : from_{from}, most_{most}, largest_payload_{largest_payload} {
  idle_.reserve(most_);
}

auto reader_pool::take() -> lent {
  {
    std::unique_lock guard{guard_};
    given_back_.wait(guard, [&] { return out_ < most_; });
    ++out_;
  }
  try {
    while (auto idle = take_idle())
      if (idle->on().is_alive())
        return {*this, std::move(idle)};
    return {*this, std::make_unique<reader>(from_.connect(purpose::reading), largest_payload_)};
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

auto reader_pool::take_idle() -> std::unique_ptr<reader> {
  const std::lock_guard guard{guard_};
  if (idle_.empty())
    return nullptr;
  auto taken = std::move(idle_.back());
  idle_.pop_back();
  return taken;
}

void reader_pool::add(std::unique_ptr<connection> used) {
  const std::lock_guard guard{guard_};
  idle_.push_back(std::make_unique<reader>(std::move(used), largest_payload_));
}

void reader_pool::give_back(std::unique_ptr<reader> used) {
  const std::lock_guard guard{guard_};
  --out_;
  if (used && !used->on().is_lost() && !used->on().in_transaction())
    idle_.push_back(std::move(used));
  given_back_.notify_one();
}

reader_pool::lent::lent(reader_pool& from, std::unique_ptr<reader> taken)
    : from_{from}, reader_{std::move(taken)} {}

reader_pool::lent::~lent() { from_.give_back(std::move(reader_)); }

} // namespace eventcore::postgres
