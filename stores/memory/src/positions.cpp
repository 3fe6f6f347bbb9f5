#include "memory_store.hpp"

#include "eventcore/ids.hpp"

#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>

namespace eventcore::memory {

auto memory_store::holds(const checkpoint& at) const -> bool {
  if (at.position.value == 0)
    return at.commit.is_nil();
  return at.position.value <= log_->size() && log_->at(at.position).commit == at.commit;
}

auto memory_store::save_checkpoint(std::string_view name, const checkpoint& reached) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    if (auto valid = validate_name("checkpoint", name); !valid)
      return valid;
    const std::lock_guard guard{lock_};
    if (!holds(reached))
      return fail(errc::log_rewound,
                  fmt::format("checkpoint '{}' cannot move to position {}: the log does not hold "
                              "commit {} there; rebuild what was read from another log",
                              name, reached.position.value, reached.commit.text()));
    const auto known = checkpoints_.find(name);
    if (known == checkpoints_.end()) {
      checkpoints_.emplace(name, reached);
      return {};
    }
    if (reached.position < known->second.position)
      return fail(errc::invalid_argument,
                  fmt::format("checkpoint '{}' stands at position {} and never moves back, {} was "
                              "asked for; reset it to read again from the start",
                              name, known->second.position.value, reached.position.value));
    known->second = reached;
    return {};
  });
}

auto memory_store::load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>> {
  return guarded([&]() -> result<std::optional<checkpoint>> {
    if (auto valid = validate_name("checkpoint", name); !valid)
      return std::unexpected{std::move(valid.error())};
    const std::shared_lock guard{lock_};
    const auto known =
      checkpoints_.find(name); // the log is never replaced, so it still holds its commit
    if (known == checkpoints_.end())
      return std::nullopt;
    return known->second;
  });
}

auto memory_store::reset_checkpoint(std::string_view name) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    const std::lock_guard guard{lock_};
    if (const auto known = checkpoints_.find(name); known != checkpoints_.end())
      checkpoints_.erase(known);
    return {};
  });
}

auto memory_store::save_read_model(const read_model_state& state) -> result<bool> {
  return guarded([&]() -> result<bool> {
    if (auto valid = validate_name("read model", state.name); !valid)
      return std::unexpected{std::move(valid.error())};
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    if (!holds(state.at))
      return false;
    const auto [kept, added] = read_models_.try_emplace(state.name, state);
    if (added)
      return true;
    if (state.at.position < kept->second.at.position)
      return false;
    kept->second = read_model_state{state};
    return true;
  });
}

auto memory_store::load_read_model(std::string_view name)
  -> result<std::optional<read_model_state>> {
  return guarded([&]() -> result<std::optional<read_model_state>> {
    const std::shared_lock guard{lock_};
    const auto kept = read_models_.find(name); // the log is never replaced
    if (kept == read_models_.end())
      return std::nullopt;
    return kept->second;
  });
}

auto memory_store::save_snapshot(const snapshot& state) -> result<bool> {
  return guarded([&]() -> result<bool> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    const std::lock_guard guard{lock_};
    const auto* stream = find_stream(state.stream.text());
    if (!stream || !stream->holds(state.head))
      return false;
    const auto [kept, added] = snapshots_.try_emplace({state.stream.text(), state.view}, state);
    if (added)
      return true;
    if (state.head.version < kept->second.head.version)
      return false;
    kept->second = snapshot{state};
    return true;
  });
}

auto memory_store::load_snapshot(const stream_id& stream, std::string_view view)
  -> result<std::optional<snapshot>> {
  return guarded([&]() -> result<std::optional<snapshot>> {
    const std::shared_lock guard{lock_};
    const auto kept = snapshots_.find({stream.text(), std::string{view}});
    if (kept == snapshots_.end())
      return std::nullopt;
    return kept->second;
  });
}

auto memory_store::acquire_lease(std::string_view name, std::chrono::milliseconds term)
  -> result<std::optional<lease_token>> {
  return guarded([&]() -> result<std::optional<lease_token>> {
    if (auto writable = check_writable(); !writable)
      return std::unexpected{std::move(writable.error())};
    if (auto valid = validate_name("lease", name); !valid)
      return std::unexpected{std::move(valid.error())};
    if (auto valid = validate_term(term); !valid)
      return std::unexpected{std::move(valid.error())};
    const auto nonce = random_bits();
    const std::lock_guard guard{lock_};
    const auto now = clock();
    auto known = leases_.find(name);
    if (known == leases_.end())
      known = leases_.emplace(name, held_lease{}).first;
    auto& [token, held, ends] = known->second;
    if (held && now < ends)
      return std::nullopt;
    token = {token.epoch + 1, nonce};
    held = true;
    ends = now + term;
    return token;
  });
}

auto memory_store::renew_lease(std::string_view name, const lease_token& token,
                               std::chrono::milliseconds term) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    if (auto valid = validate_term(term); !valid)
      return valid;
    const std::lock_guard guard{lock_};
    const auto now = clock();
    if (auto held = require_lease(name, token, now); !held)
      return held;
    leases_.find(name)->second.ends = now + term;
    return {};
  });
}

auto memory_store::require_lease(std::string_view name, const lease_token& token,
                                 timestamp now) const -> result<> {
  const auto known = leases_.find(name);
  if (known == leases_.end() || !known->second.held || known->second.token != token)
    return fail(errc::lease_lost,
                fmt::format("lease '{}' is not held under epoch {}; stop what it protects and "
                            "acquire it again",
                            name, token.epoch));
  if (now >= known->second.ends)
    return fail(errc::lease_lost,
                fmt::format("the term of lease '{}' is over; stop what it protects and acquire it "
                            "again",
                            name));
  return {};
}

auto memory_store::release_lease(std::string_view name, const lease_token& token) -> result<> {
  return guarded([&]() -> result<> {
    if (auto writable = check_writable(); !writable)
      return writable;
    const std::lock_guard guard{lock_};
    if (const auto known = leases_.find(name);
        known != leases_.end() && known->second.token == token)
      known->second.held = false;
    return {};
  });
}

} // namespace eventcore::memory
