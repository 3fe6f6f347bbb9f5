#include "contract_bench.hpp"

#include "eventcore/lease.hpp"

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

struct leased_store {
  explicit leased_store(contract_backend& backend)
      : on{backend}, store{on.open({.clock = clock})} {}

  auto take(std::string_view name = "mail", std::chrono::milliseconds term = 10s) const
    -> std::optional<lease_token> {
    return must(store->acquire_lease(name, term));
  }

  contract_bench on;
  manual_clock clock;
  std::shared_ptr<event_store> store;
};

void a_lease_has_one_holder(contract_backend& backend) {
  const leased_store at{backend};
  const auto token = at.take();
  check(token.has_value(), "the first gets it");
  check(!at.take(), "the second does not");
  check(at.take("Mail").has_value(), "a lease of another name is free");
  must(at.store->renew_lease("mail", *token, 10s));
}

void a_lease_that_is_given_back_is_free_at_once(contract_backend& backend) {
  const leased_store at{backend};
  const auto first = at.take();
  must(at.store->release_lease("mail", *first));
  const auto second = at.take();
  check(second.has_value(), "it is free");
  must(at.store->release_lease("mail", *first));
  check(!at.take(), "an old token gives nothing back");
  must(at.store->release_lease("nobody", *first));
}

void a_lease_that_is_dropped_is_free_at_once(contract_backend& backend) {
  const leased_store at{backend};
  {
    const auto held = must(lease::acquire(at.store, "mail", 10s));
    check(held.has_value(), "it is held");
    check(!must(lease::acquire(at.store, "mail", 10s)).has_value(), "by one only");
  }
  check(at.take().has_value(), "it is free");
}

void a_lease_ends_with_its_term(contract_backend& backend) {
  const leased_store at{backend};
  const auto first = at.take("mail", 10s);
  at.clock.advance(9'999ms);
  check(!at.take(), "just before the end it is held");
  at.clock.advance(1ms);
  check(at.take().has_value(), "at the end it is free");
  check(first.has_value(), "it was held");
}

void renewing_counts_from_now(contract_backend& backend) {
  const leased_store at{backend};
  const auto token = at.take("mail", 10s);
  at.clock.advance(8s);
  must(at.store->renew_lease("mail", *token, 10s));
  at.clock.advance(8s);
  check(!at.take(), "the old term is over, the new one is not");
  at.clock.advance(2s);
  check(at.take().has_value(), "the new term is over");
}

// Fails when a renewal revives a lease that was over: someone else may have held it in between.
void a_lease_whose_term_is_over_cannot_be_renewed(contract_backend& backend) {
  const leased_store at{backend};
  const auto token = at.take("mail", 10s);
  at.clock.advance(10s);
  must_fail(at.store->renew_lease("mail", *token, 10s), errc::lease_lost, "mail");
}

void an_old_token_holds_nothing(contract_backend& backend) {
  const leased_store at{backend};
  const auto first = at.take("mail", 10s);
  at.clock.advance(11s);
  const auto second = at.take("mail", 10s);
  check(second.has_value() && second->epoch > first->epoch, "the epoch grows with every holder");
  must_fail(at.store->renew_lease("mail", *first, 10s), errc::lease_lost, "mail");
  must_fail(at.store->renew_lease("mail", {second->epoch, second->nonce + 1}, 10s),
            errc::lease_lost);
  must_fail(at.store->renew_lease("nobody", *second, 10s), errc::lease_lost, "nobody");
  must(at.store->renew_lease("mail", *second, 10s));
}

void the_epoch_grows_also_after_a_lease_was_given_back(contract_backend& backend) {
  const leased_store at{backend};
  std::uint64_t epoch = 0;
  for (int i = 0; i < 3; ++i) {
    const auto token = at.take();
    check(token.has_value() && token->epoch > epoch, "it grows");
    epoch = token->epoch;
    must(at.store->release_lease("mail", *token));
    must_fail(at.store->renew_lease("mail", *token, 10s), errc::lease_lost, "mail");
  }
}

void a_lease_needs_a_name_and_a_term(contract_backend& backend) {
  const leased_store at{backend};
  for (const std::string_view name : {std::string_view{}, std::string_view{"a\0b", 3}})
    must_fail(at.store->acquire_lease(name, 10s), errc::invalid_argument, "lease");
  for (const auto term : {0ms, -1ms})
    must_fail(at.store->acquire_lease("mail", term), errc::invalid_argument, "lease");
  check(at.take().has_value(), "nobody got it");
}

void a_lease_is_held_against_other_connections(contract_backend& backend) {
  leased_store at{backend};
  const auto there = at.on.open({.clock = at.clock});
  const auto token = at.take("mail", 10s);
  check(!must(there->acquire_lease("mail", 10s)), "it is held");
  at.store.reset();
  check(!must(there->acquire_lease("mail", 10s)), "also after the holder's connection has gone");
  at.clock.advance(10s);
  const auto next = must(there->acquire_lease("mail", 10s));
  check(next.has_value() && next->epoch > token->epoch, "until its term is over");
}

} // namespace

auto lease_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_lease_has_one_holder, nothing),
    EVENTCORE_CASE(a_lease_that_is_given_back_is_free_at_once, nothing),
    EVENTCORE_CASE(a_lease_that_is_dropped_is_free_at_once, nothing),
    EVENTCORE_CASE(a_lease_ends_with_its_term, nothing),
    EVENTCORE_CASE(renewing_counts_from_now, nothing),
    EVENTCORE_CASE(a_lease_whose_term_is_over_cannot_be_renewed, nothing),
    EVENTCORE_CASE(an_old_token_holds_nothing, nothing),
    EVENTCORE_CASE(the_epoch_grows_also_after_a_lease_was_given_back, nothing),
    EVENTCORE_CASE(a_lease_needs_a_name_and_a_term, nothing),
    EVENTCORE_CASE(a_lease_is_held_against_other_connections, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
