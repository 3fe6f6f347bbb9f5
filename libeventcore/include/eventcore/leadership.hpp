#pragma once

#include "eventcore/checkpoint.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace eventcore {

/// Decides when a lease is taken and renewed, as a value that performs nothing; times are those of
/// the steady clock. A holder counts its term from before it asked for it, so it never believes
/// longer than the store does that it holds the lease.
class leadership {
public:
  using time = std::chrono::steady_clock::time_point;

  /// Take the lease for `term`. Answer with `acquired`.
  struct acquire {
    std::chrono::milliseconds term{};
  };
  /// Hold it for another `term`. Answer with `renewed`.
  struct renew {
    lease_token token;
    std::chrono::milliseconds term{};
  };
  /// Nothing, so long.
  struct nothing {
    std::chrono::microseconds at_most{};
  };
  using action = std::variant<acquire, renew, nothing>;

  /// Of a lease whose holder is to be replaced within `takeover` after its death.
  leadership(std::string name, std::chrono::milliseconds takeover);

  auto next(time now) -> action;

  // -- answers: `asked` is when the store was asked ----------------------------

  void acquired(const result<std::optional<lease_token>>& got, time asked, time now);
  void renewed(const result<>& outcome, time asked, time now);

  /// The lease was given back.
  void released() { token_.reset(); }

  /// Whether the term still runs.
  auto leads(time now) const -> bool { return token_ && now < ends_; }

  /// What the store may still know to be held.
  auto token() const -> const std::optional<lease_token>& { return token_; }
  auto name() const -> std::string_view { return name_; }

private:
  std::string name_;
  std::chrono::milliseconds poll_;
  std::chrono::milliseconds term_;
  std::optional<lease_token> token_;
  time ends_{};
  time ask_at_{};
};

} // namespace eventcore
