#include "memory_store.hpp"

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace eventcore::memory {

auto memory_store::park(const dead_letter& letter) -> result<> {
  return guarded([&]() -> result<> {
    if (auto valid = validate_name("projection", letter.projection); !valid)
      return valid;
    if (auto writable = check_writable(); !writable)
      return writable;
    const auto& event = letter.event;
    parked_event parked{.projection = std::string{letter.projection},
                        .position = event.position,
                        .stream = std::string{event.stream},
                        .type = std::string{event.type},
                        .code = letter.why.code,
                        .detail = letter.why.detail,
                        .attempts = letter.attempts};
    letter_key key{parked.projection, event.position};
    const std::lock_guard guard{lock_};
    parked.parked_at = clock();
    dead_letters_.insert_or_assign(std::move(key), std::move(parked));
    return {};
  });
}

auto memory_store::list_dead_letters(const dead_letter_query& query)
  -> result<std::vector<parked_event>> {
  return guarded([&]() -> result<std::vector<parked_event>> {
    const std::shared_lock guard{lock_};
    const auto one = !query.projection.empty();
    auto next = one ? dead_letters_.upper_bound({std::string{query.projection}, query.after})
                    : dead_letters_.begin();
    std::vector<parked_event> found;
    for (; next != dead_letters_.end() && found.size() < query.limit; ++next) {
      const auto& letter = next->second;
      if (one && letter.projection != query.projection)
        break;
      if (letter.retry || !query.to_retry)
        found.push_back(letter);
    }
    return found;
  });
}

auto memory_store::retry_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return guarded([&]() -> result<bool> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    const auto known = dead_letters_.find({std::string{projection}, at});
    if (known == dead_letters_.end())
      return false;
    known->second.retry = true;
    return true;
  });
}

auto memory_store::drop_dead_letter(std::string_view projection, log_position at) -> result<bool> {
  return guarded([&]() -> result<bool> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    return dead_letters_.erase({std::string{projection}, at}) > 0;
  });
}

} // namespace eventcore::memory
