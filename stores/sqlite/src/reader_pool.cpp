#include "reader_pool.hpp"

#include <algorithm>
#include <utility>

namespace eventcore::sqlite {

reader_pool::reader_pool(connection_options options, std::size_t most)
    : options_{std::move(options)}, most_{std::max<std::size_t>(most, 1)} {
  idle_.reserve(most_);
}

auto reader_pool::take() -> lent {
  {
    std::unique_lock guard{guard_};
    given_back_.wait(guard, [&] { return out_ < most_; });
    ++out_;
    if (!idle_.empty()) {
      auto taken = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(taken)};
    }
  }
  try {
    return {*this, std::make_unique<reader>(options_)};
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void reader_pool::close() {
  const std::lock_guard guard{guard_};
  idle_.clear();
}

void reader_pool::give_back(std::unique_ptr<reader> used) {
  const std::lock_guard guard{guard_};
  --out_;
  if (used && used->is_clean())
    idle_.push_back(std::move(used));
  given_back_.notify_one();
}

reader_pool::lent::lent(reader_pool& from, std::unique_ptr<reader> taken)
    : from_{from}, reader_{std::move(taken)} {}

reader_pool::lent::~lent() { from_.give_back(std::move(reader_)); }

} // namespace eventcore::sqlite
