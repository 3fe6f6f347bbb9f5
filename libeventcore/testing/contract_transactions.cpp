#include "contract_bench.hpp"

#include <array>

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

// A log of three events in three commits, and the checkpoints after each.
struct followed_log {
  explicit followed_log(contract_backend& backend) : on{backend}, store{on.open({.clock = clock})} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto set = on.write({stream_of("order-1").at(head).event("e")});
      must_commit(*store, set);
      head = head_after(set, "order-1");
      at.push_back({{i}, set.commit});
    }
  }

  auto move(const std::vector<checkpoint_move>& moves) const -> result<> {
    return store->transact(moves, {});
  }

  /// Moves the checkpoint "mail".
  auto move(const checkpoint& from, const checkpoint& to,
            std::optional<lease_claim> under = {}) const -> result<> {
    return move({{"mail", from, to, under}});
  }

  auto stands(std::string_view name = "mail") const -> checkpoint {
    return must(store->load_checkpoint(name)).value_or(start);
  }

  auto exists(std::string_view name = "mail") const -> bool {
    return must(store->load_checkpoint(name)).has_value();
  }

  contract_bench on;
  manual_clock clock;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
  const checkpoint start{};
};

// -- moves --------------------------------------------------------------------

void a_move_leads_from_where_the_checkpoint_is_to_where_it_is_to_be(contract_backend& backend) {
  const followed_log log{backend};
  must(log.move(log.start, log.at[0]));
  check_equal(log.stands(), log.at[0], "at first");
  must(log.move(log.at[0], log.at[2]));
  check_equal(log.stands(), log.at[2], "forwards");
  must(log.move(log.at[2], log.at[1]));
  check_equal(log.stands(), log.at[1], "back");
  must(log.move(log.at[1], log.start));
  check(!log.exists(), "away");
  must(log.move(log.start, log.at[2]));
  check_equal(log.stands(), log.at[2], "anew");
}

// Fails when the kept place, or a part of it, is not compared.
void a_move_from_where_the_checkpoint_is_not_fails(contract_backend& backend) {
  followed_log log{backend};
  const auto refused = [&](const checkpoint& from, const checkpoint& to) {
    must_fail(log.move(from, to), errc::version_conflict, "mail");
  };
  refused(log.at[0], log.at[1]);
  refused(log.at[0], log.at[0]);
  refused(log.at[0], log.start);
  check(!log.exists(), "nothing was made");
  must(log.move(log.start, log.at[1]));
  for (const auto& to : {log.at[2], log.at[1], log.start}) {
    refused(log.start, to);
    refused(log.at[0], to);
    refused(log.at[2], to);
    refused({log.at[1].position, log.on.ids.next_commit()}, to);
    refused({log.at[2].position, log.at[1].commit}, to);
    check_equal(log.stands(), log.at[1], "the checkpoint");
  }
}

void a_refused_move_tells_where_the_checkpoint_is_and_where_it_was_thought_to_be(
  contract_backend& backend) {
  const followed_log log{backend};
  must(log.move(log.start, log.at[2]));
  const auto told = must_fail(log.move(log.at[0], log.at[1]), errc::version_conflict);
  for (const auto* part : {"'mail'", "position 3", "position 1"})
    check(told.detail.contains(part), told.detail + " tells " + part);
}

// Fails when a move to the same place, which only looks, is taken for one that always succeeds.
void a_move_to_the_same_place_looks_whether_the_checkpoint_is_there(contract_backend& backend) {
  const followed_log log{backend};
  must(log.move(log.start, log.start));
  check(!log.exists(), "nothing was made");
  must(log.move(log.start, log.at[1]));
  must(log.move(log.at[1], log.at[1]));
  must_fail(log.move(log.start, log.start), errc::version_conflict, "mail");
  must_fail(log.move(log.at[0], log.at[0]), errc::version_conflict, "mail");
  check_equal(log.stands(), log.at[1], "the checkpoint");
}

void a_checkpoint_saved_before_the_first_event_is_as_good_as_none_to_a_move(
  contract_backend& backend) {
  const followed_log log{backend};
  must(log.store->save_checkpoint("mail", log.start));
  must(log.move(log.start, log.start));
  must(log.move(log.start, log.at[1]));
  check_equal(log.stands(), log.at[1], "the checkpoint");
  must(log.store->save_checkpoint("mail", log.at[2]));
  must(log.move(log.at[2], log.at[0]));
  check_equal(log.stands(), log.at[0], "a saved one can be moved");
}

void a_move_to_what_the_log_does_not_hold_fails(contract_backend& backend) {
  followed_log log{backend};
  const auto refused = [&](const checkpoint& from, const checkpoint& to) {
    must_fail(log.move(from, to), errc::log_rewound, "mail");
  };
  for (const auto& from : {log.start, log.at[1]}) {
    refused(from, {{2}, log.at[0].commit});
    refused(from, {{2}, log.on.ids.next_commit()});
    refused(from, {{4}, log.at[2].commit});
    refused(from, {{2}, {}});
    check_equal(log.stands(), from, "the checkpoint");
    if (from == log.start)
      must(log.move(log.start, log.at[1]));
  }
}

void moves_happen_together_or_not_at_all(contract_backend& backend) {
  const followed_log log{backend};
  must(log.move({{"a", log.start, log.at[0], {}}, {"b", log.start, log.at[1], {}}}));
  const checkpoint_move good{"a", log.at[0], log.at[2], {}};
  const checkpoint_move away{"b", log.at[1], log.start, {}};
  const checkpoint_move made{"c", log.start, log.at[2], {}};
  const checkpoint_move stale{"d", log.at[0], log.at[1], {}};
  const checkpoint_move rewound{"d", log.start, {{3}, log.at[0].commit}, {}};
  const checkpoint_move not_held{"d", log.start, log.at[0], lease_claim{"d", {1, 1}}};
  must_fail(log.move({good, away, made, stale}), errc::version_conflict, "'d'");
  must_fail(log.move({stale, good, away, made}), errc::version_conflict, "'d'");
  must_fail(log.move({good, away, made, rewound}), errc::log_rewound, "'d'");
  must_fail(log.move({good, away, made, not_held}), errc::lease_lost, "'d'");
  check_equal(log.stands("a"), log.at[0], "a");
  check_equal(log.stands("b"), log.at[1], "b");
  check(!log.exists("c") && !log.exists("d"), "none was made");
  must(log.move({good, away, made}));
  check_equal(log.stands("a"), log.at[2], "a");
  check(!log.exists("b"), "b is away");
  check_equal(log.stands("c"), log.at[2], "c");
  must(log.move(std::vector<checkpoint_move>{}));
}

void each_move_begins_where_the_one_before_it_led(contract_backend& backend) {
  const followed_log log{backend};
  must(log.move({{"mail", log.start, log.at[0], {}}, {"mail", log.at[0], log.at[2], {}}}));
  check_equal(log.stands(), log.at[2], "the checkpoint");
  must_fail(log.move({{"mail", log.at[2], log.at[1], {}}, {"mail", log.at[2], log.at[0], {}}}),
            errc::version_conflict, "mail");
  check_equal(log.stands(), log.at[2], "the checkpoint");
  must(log.move({{"mail", log.at[2], log.start, {}}, {"mail", log.start, log.at[1], {}}}));
  check_equal(log.stands(), log.at[1], "the checkpoint");
}

void a_move_needs_a_name(contract_backend& backend) {
  const followed_log log{backend};
  for (const std::string_view name :
       {std::string_view{}, std::string_view{"a\0b", 3}, std::string_view{"\xFF"}})
    must_fail(log.move({{name, log.start, log.at[0], {}}}), errc::invalid_argument, "checkpoint");
}

void a_moved_checkpoint_is_kept_over_a_restart(contract_backend& backend) {
  followed_log log{backend};
  must(log.move({{"a", log.start, log.at[1], {}}, {"b", log.start, log.at[2], {}}}));
  must(log.move({{"b", log.at[2], log.start, {}}}));
  log.store.reset();
  log.store = log.on.open();
  check_equal(log.stands("a"), log.at[1], "a");
  check(!log.exists("b"), "b is away");
}

// -- moves under a lease ------------------------------------------------------

void a_move_under_a_held_lease_happens(contract_backend& backend) {
  const followed_log log{backend};
  const auto token = must(log.store->acquire_lease("mail", 10s)).value();
  must(log.move(log.start, log.at[0], lease_claim{"mail", token}));
  log.clock.advance(9'999ms);
  must(log.move(log.at[0], log.at[1], lease_claim{"mail", token}));
  must(log.store->renew_lease("mail", token, 10s));
  log.clock.advance(9'999ms);
  must(log.move(log.at[1], log.start, lease_claim{"mail", token}));
}

// Fails when the lease is not looked at: who slept past the term of its lease would still move.
void a_leader_that_slept_past_its_term_moves_nothing(contract_backend& backend) {
  const followed_log log{backend};
  const auto token = must(log.store->acquire_lease("mail", 10s)).value();
  must(log.move(log.start, log.at[0], lease_claim{"mail", token}));
  log.clock.advance(10s);
  for (const auto& to : {log.at[1], log.at[0], log.start})
    must_fail(log.move(log.at[0], to, lease_claim{"mail", token}), errc::lease_lost, "mail");
  check_equal(log.stands(), log.at[0], "the checkpoint");
}

void a_superseded_leader_moves_nothing(contract_backend& backend) {
  const followed_log log{backend};
  const auto old = must(log.store->acquire_lease("mail", 10s)).value();
  log.clock.advance(10s);
  const auto next = must(log.store->acquire_lease("mail", 10s)).value();
  must_fail(log.move(log.start, log.at[0], lease_claim{"mail", old}), errc::lease_lost, "mail");
  for (const auto& forged : {lease_token{next.epoch, next.nonce + 1},
                             lease_token{next.epoch + 1, next.nonce}, lease_token{}})
    must_fail(log.move(log.start, log.at[0], lease_claim{"mail", forged}), errc::lease_lost);
  must_fail(log.move(log.start, log.at[0], lease_claim{"Mail", next}), errc::lease_lost, "Mail");
  check(!log.exists(), "nothing was moved");
  must(log.move(log.start, log.at[0], lease_claim{"mail", next}));
}

void a_lease_that_was_given_back_moves_nothing(contract_backend& backend) {
  const followed_log log{backend};
  const auto token = must(log.store->acquire_lease("mail", 10s)).value();
  must(log.store->release_lease("mail", token));
  must_fail(log.move(log.start, log.at[0], lease_claim{"mail", token}), errc::lease_lost, "mail");
  check(!log.exists(), "nothing was moved");
}

void the_lease_may_have_another_name_than_the_checkpoint(contract_backend& backend) {
  const followed_log log{backend};
  const auto token = must(log.store->acquire_lease("group", 10s)).value();
  must(log.move({{"a", log.start, log.at[0], lease_claim{"group", token}},
                 {"b", log.start, log.at[1], lease_claim{"group", token}},
                 {"c", log.start, log.at[2], {}}}));
  check_equal(log.stands("b"), log.at[1], "b");
  check(!must(log.store->acquire_lease("group", 10s)), "the lease is still held");
}

// -- all checkpoints ----------------------------------------------------------

void all_checkpoints_are_listed_by_name(contract_backend& backend) {
  const followed_log log{backend};
  check(must(log.store->list_checkpoints()).empty(), "none at first");
  must(log.store->save_checkpoint("b", log.at[2]));
  must(log.move({{"a/2of4", log.start, log.at[1], {}}, {"B", log.start, log.at[0], {}}}));
  must(log.move({{"gone", log.start, log.at[1], {}}}));
  must(log.move({{"gone", log.at[1], log.start, {}}}));
  const std::array wanted{named_checkpoint{"B", log.at[0]}, named_checkpoint{"a/2of4", log.at[1]},
                          named_checkpoint{"b", log.at[2]}};
  const auto found = must(log.store->list_checkpoints());
  check_equal(found.size(), wanted.size(), "how many there are");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    check_equal(found[i].name, wanted[i].name, "the name");
    check_equal(found[i].at, wanted[i].at, "where it stands");
  }
}

} // namespace

auto transaction_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_move_leads_from_where_the_checkpoint_is_to_where_it_is_to_be, nothing),
    EVENTCORE_CASE(a_move_from_where_the_checkpoint_is_not_fails, nothing),
    EVENTCORE_CASE(a_refused_move_tells_where_the_checkpoint_is_and_where_it_was_thought_to_be,
                   nothing),
    EVENTCORE_CASE(a_move_to_the_same_place_looks_whether_the_checkpoint_is_there, nothing),
    EVENTCORE_CASE(a_checkpoint_saved_before_the_first_event_is_as_good_as_none_to_a_move, nothing),
    EVENTCORE_CASE(a_move_to_what_the_log_does_not_hold_fails, nothing),
    EVENTCORE_CASE(moves_happen_together_or_not_at_all, nothing),
    EVENTCORE_CASE(each_move_begins_where_the_one_before_it_led, nothing),
    EVENTCORE_CASE(a_move_needs_a_name, nothing),
    EVENTCORE_CASE(a_moved_checkpoint_is_kept_over_a_restart, same_database),
    EVENTCORE_CASE(a_move_under_a_held_lease_happens, nothing),
    EVENTCORE_CASE(a_leader_that_slept_past_its_term_moves_nothing, nothing),
    EVENTCORE_CASE(a_superseded_leader_moves_nothing, nothing),
    EVENTCORE_CASE(a_lease_that_was_given_back_moves_nothing, nothing),
    EVENTCORE_CASE(the_lease_may_have_another_name_than_the_checkpoint, nothing),
    EVENTCORE_CASE(all_checkpoints_are_listed_by_name, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
