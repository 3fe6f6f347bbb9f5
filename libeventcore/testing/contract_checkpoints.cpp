#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

// A stream with three events in three commits, and the checkpoints and heads after each.
struct three_commits {
  explicit three_commits(contract_backend& backend) : on{backend}, store{on.open()} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto set = on.write({stream_of("order-1").at(head).event("e")});
      must_commit(*store, set);
      head = head_after(set, "order-1");
      heads.push_back(head);
      at.push_back({{i}, set.commit});
    }
  }

  auto state(const stream_head& head, std::string payload) const -> snapshot {
    return {must(stream_id::of("order-1")), "order", "v1", head, std::move(payload)};
  }

  auto load(std::string_view view = "order") const -> std::optional<snapshot> {
    return must(store->load_snapshot(must(stream_id::of("order-1")), view));
  }

  contract_bench on;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
  std::vector<stream_head> heads;
};

void a_checkpoint_is_saved_and_loaded(contract_backend& backend) {
  const three_commits log{backend};
  check(!must(log.store->load_checkpoint("mail")),
        "a checkpoint that was never saved is missing, not a failure");
  must(log.store->save_checkpoint("mail", log.at[0]));
  check_equal(must(log.store->load_checkpoint("mail")).value_or(checkpoint{}), log.at[0],
              "the checkpoint");
}

void a_checkpoint_moves_forward_only(contract_backend& backend) {
  const three_commits log{backend};
  must(log.store->save_checkpoint("mail", log.at[0]));
  must(log.store->save_checkpoint("mail", log.at[2]));
  must(log.store->save_checkpoint("mail", log.at[2]));
  must_fail(log.store->save_checkpoint("mail", log.at[1]), errc::invalid_argument, "mail");
  must_fail(log.store->save_checkpoint("mail", checkpoint{}), errc::invalid_argument, "mail");
  check_equal(must(log.store->load_checkpoint("mail")).value_or(checkpoint{}), log.at[2],
              "the checkpoint");
}

// Fails when the commit at the position is not compared.
void a_checkpoint_of_another_log_is_refused(contract_backend& backend) {
  three_commits log{backend};
  const auto refused = [&](const checkpoint& foreign) {
    must_fail(log.store->save_checkpoint("mail", foreign), errc::log_rewound, "mail");
  };
  refused({{2}, log.at[0].commit});
  refused({{2}, log.on.ids.next_commit()});
  refused({{4}, log.at[2].commit});
  refused({{2}, {}});
  refused({{0}, log.at[0].commit});
  check(!must(log.store->load_checkpoint("mail")), "nothing was saved");
}

void a_checkpoint_needs_a_name(contract_backend& backend) {
  const three_commits log{backend};
  for (const std::string_view name :
       {std::string_view{}, std::string_view{"a\0b", 3}, std::string_view{"\xFF"}})
    must_fail(log.store->save_checkpoint(name, log.at[0]), errc::invalid_argument, "checkpoint");
}

void checkpoints_of_different_names_are_independent(contract_backend& backend) {
  const three_commits log{backend};
  must(log.store->save_checkpoint("mail", log.at[2]));
  must(log.store->save_checkpoint("Mail", log.at[1]));
  must(log.store->save_checkpoint("ma_l", log.at[0]));
  check_equal(must(log.store->load_checkpoint("mail")).value_or(checkpoint{}), log.at[2], "mail");
  check_equal(must(log.store->load_checkpoint("Mail")).value_or(checkpoint{}), log.at[1], "Mail");
  check_equal(must(log.store->load_checkpoint("ma_l")).value_or(checkpoint{}), log.at[0], "ma_l");
}

void a_checkpoint_that_was_reset_is_missing_and_starts_anew(contract_backend& backend) {
  const three_commits log{backend};
  must(log.store->save_checkpoint("mail", log.at[2]));
  must(log.store->save_checkpoint("other", log.at[2]));
  must(log.store->reset_checkpoint("mail"));
  must(log.store->reset_checkpoint("nobody"));
  check(!must(log.store->load_checkpoint("mail")), "it is missing");
  check_equal(must(log.store->load_checkpoint("other")).value_or(checkpoint{}), log.at[2],
              "the other one stays");
  must(log.store->save_checkpoint("mail", log.at[0]));
  check_equal(must(log.store->load_checkpoint("mail")).value_or(checkpoint{}), log.at[0],
              "it starts anew");
}

void a_checkpoint_can_stand_before_the_first_event(contract_backend& backend) {
  const three_commits log{backend};
  must(log.store->save_checkpoint("mail", checkpoint{}));
  check_equal(must(log.store->load_checkpoint("mail")).value_or(log.at[0]), checkpoint{},
              "the checkpoint");
  must(log.store->save_checkpoint("mail", log.at[1]));
}

void checkpoints_and_snapshots_are_kept_over_a_restart(contract_backend& backend) {
  three_commits log{backend};
  must(log.store->save_checkpoint("mail", log.at[1]));
  check(must(log.store->save_snapshot(log.state(log.heads[1], "{}"))), "the snapshot is kept");
  log.store.reset();
  log.store = log.on.open();
  check_equal(must(log.store->load_checkpoint("mail")).value_or(checkpoint{}), log.at[1],
              "the checkpoint");
  check(log.load() == log.state(log.heads[1], "{}"), "the snapshot is the same");
}

void a_missing_snapshot_is_none(contract_backend& backend) {
  const three_commits log{backend};
  check(!log.load(), "a snapshot that was never saved");
  check(!must(log.store->load_snapshot(must(stream_id::of("nobody-1")), "order")),
        "of a stream that is missing");
}

void a_snapshot_makes_the_round_trip(contract_backend& backend) {
  const three_commits log{backend};
  const auto state = log.state(log.heads[1], std::string("{\"a\":'\\\xC3\xA9\xFF\0}", 12));
  check(must(log.store->save_snapshot(state)), "it is kept");
  check(log.load() == state, "it is loaded as it was saved");
}

void a_stale_writer_cannot_regress_a_snapshot(contract_backend& backend) {
  const three_commits log{backend};
  check(must(log.store->save_snapshot(log.state(log.heads[0], "first"))), "the first is kept");
  check(must(log.store->save_snapshot(log.state(log.heads[2], "third"))), "a later one is kept");
  check(!must(log.store->save_snapshot(log.state(log.heads[1], "second"))), "an older one is not");
  check(log.load() == log.state(log.heads[2], "third"), "the latest is loaded");
  auto refolded = log.state(log.heads[2], "refolded");
  refolded.fold = "v2";
  check(must(log.store->save_snapshot(refolded)), "one of the same version takes its place");
  check(log.load() == refolded, "it is loaded");
}

void snapshots_of_two_views_are_independent(contract_backend& backend) {
  const three_commits log{backend};
  auto other = log.state(log.heads[0], "other");
  other.view = "total";
  check(must(log.store->save_snapshot(log.state(log.heads[2], "order"))), "one view");
  check(must(log.store->save_snapshot(other)), "another view, earlier");
  check(log.load() == log.state(log.heads[2], "order"), "one view is loaded");
  check(log.load("total") == other, "the other view is loaded");
}

// Fails when a snapshot is believed without its commit: it may hold events that were never
// committed.
void a_snapshot_of_a_commit_that_is_not_in_the_log_is_ignored(contract_backend& backend) {
  three_commits log{backend};
  const auto ignored = [&](const stream_head& head) {
    check(!must(log.store->save_snapshot(log.state(head, "x"))), "it is not kept: " + shown(head));
    check(!log.load(), "there is none");
  };
  ignored({{2}, log.on.ids.next_commit()});
  ignored({{2}, log.heads[2].commit});
  ignored({{4}, log.heads[2].commit});
  ignored({});
  ignored({{4}, log.on.ids.next_commit()});
  auto missing = log.state(log.heads[0], "x");
  missing.stream = must(stream_id::of("nobody-1"));
  check(!must(log.store->save_snapshot(missing)), "nor is one of a stream that is missing");
}

} // namespace

auto checkpoint_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_checkpoint_is_saved_and_loaded, nothing),
    EVENTCORE_CASE(a_checkpoint_moves_forward_only, nothing),
    EVENTCORE_CASE(a_checkpoint_of_another_log_is_refused, nothing),
    EVENTCORE_CASE(a_checkpoint_needs_a_name, nothing),
    EVENTCORE_CASE(checkpoints_of_different_names_are_independent, nothing),
    EVENTCORE_CASE(a_checkpoint_that_was_reset_is_missing_and_starts_anew, nothing),
    EVENTCORE_CASE(a_checkpoint_can_stand_before_the_first_event, nothing),
    EVENTCORE_CASE(checkpoints_and_snapshots_are_kept_over_a_restart, same_database),
    EVENTCORE_CASE(a_missing_snapshot_is_none, nothing),
    EVENTCORE_CASE(a_snapshot_makes_the_round_trip, nothing),
    EVENTCORE_CASE(a_stale_writer_cannot_regress_a_snapshot, nothing),
    EVENTCORE_CASE(snapshots_of_two_views_are_independent, nothing),
    EVENTCORE_CASE(a_snapshot_of_a_commit_that_is_not_in_the_log_is_ignored, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
