#include "contract_bench.hpp"
#include "contract_logs.hpp"
#include "threads.hpp"

namespace eventcore::testing {

namespace {

auto same_events(const log_page& left, const log_page& right) -> bool {
  return std::ranges::equal(left.events, right.events, same_event);
}

// Writes something of everything.
void fill(contract_bench& on, event_store& store) {
  auto first =
    on.write({stream_of("order-1").event("placed", R"({"n":1})").bytes("scanned", {"\0x", 2}),
              stream_of("stock-1").event("taken")});
  first.metadata.actor = "alice";
  must_commit(store, first);
  must_commit(store,
              on.write({stream_of("order-1").at(head_after(first, "order-1")).event("paid")}));
}

void what_was_committed_is_there_after_a_restart(contract_backend& backend) {
  contract_bench on{backend};
  auto store = on.open();
  fill(on, *store);
  const auto before = read_log_of(*store);
  const auto head = must(store->head());
  store.reset();
  store = on.open();
  check(same_events(before, read_log_of(*store)), "the log is the same");
  check_equal(must(store->head()), head, "the log's head");
  must_commit(*store,
              on.write({stream_of("order-1").at(head_of(*store, "order-1")).event("sent")}));
  must_refuse(*store, on.write({stream_of("order-1").event("stale")}));
  check_healthy(*store);
}

void connections_see_each_others_commits_at_once(contract_backend& backend) {
  contract_bench on{backend};
  const auto here = on.open();
  const auto there = on.open();
  stream_head head;
  for (int i = 0; i < 6; ++i) {
    auto& writer = i % 2 == 0 ? *here : *there;
    auto& reader = i % 2 == 0 ? *there : *here;
    const auto set = on.write({stream_of("order-1").at(head).event("e")});
    must_commit(writer, set);
    head = head_after(set, "order-1");
    check_equal(head_of(reader, "order-1"), head, "the stream's head");
    check_equal(must(reader.head()).position, log_position{head.version.value}, "the log's head");
    must_refuse(reader, on.write({stream_of("order-1").event("stale")}));
  }
}

// The recorded time is compared with what is in the database, not with what one connection
// remembers.
void the_recorded_time_never_goes_backwards_between_connections(contract_backend& backend) {
  contract_bench on{backend};
  const manual_clock fast;
  const manual_clock slow{fast() - std::chrono::hours{1}};
  const auto here = on.open({.clock = fast});
  const auto there = on.open({.clock = slow});
  must_commit(*here, on.write({stream_of("a-1").event("e")}));
  must_commit(*there, on.write({stream_of("b-1").event("e")}));
  check_equal(must(there->head()).recorded_at, fast(), "the time of the second commit");
}

void a_store_opened_for_reading_refuses_to_write(contract_backend& backend) {
  contract_bench on{backend};
  must_commit(*on.open(), on.write({stream_of("order-1").event("e")}));
  const auto store = on.open({.read_only = true});
  const auto head = must(store->head());
  const auto fails = [](const auto& outcome) { must_fail(outcome, errc::read_only); };
  const auto outcomes = store->append(
    std::vector{on.write({stream_of("a-1").event("e")}), on.write({stream_of("b-1").event("e")})});
  check_equal(outcomes.size(), 2U, "outcomes");
  for (const auto& outcome : outcomes)
    check_failure(must_be<failure>(outcome), errc::read_only, "read", source_location::current());
  const auto stream = must(stream_id::of("order-1"));
  fails(store->save_checkpoint("mail", {head.position, head.commit}));
  fails(store->reset_checkpoint("mail"));
  fails(store->save_snapshot({stream, "order", "v1", {{1}, head.commit}, "{}"}));
  fails(store->acquire_lease("mail", std::chrono::seconds{1}));
  fails(store->renew_lease("mail", {1, 1}, std::chrono::seconds{1}));
  fails(store->release_lease("mail", {1, 1}));
  check_equal(must(store->head()), head, "the log's head");
  check(!must(store->load_checkpoint("mail")), "no checkpoint was saved");
  check(!must(store->load_snapshot(stream, "order")), "no snapshot was saved");
  check_healthy(*store);
}

void a_store_opened_for_reading_sees_what_others_commit(contract_backend& backend) {
  contract_bench on{backend};
  const auto writer = on.open();
  fill(on, *writer);
  const auto reader = on.open({.read_only = true});
  check(same_events(read_log_of(*writer), read_log_of(*reader)), "the log is the same");
  must_commit(*writer, on.write({stream_of("later-1").event("e")}));
  check_equal(types_in(read_all(*reader, "later-1").events), "e",
              "what was committed after it was opened");
}

// A program must not write to a database that it does not understand.
void a_newer_schema_is_refused(contract_backend& backend) {
  contract_bench on{backend};
  fill(on, *on.open());
  backend.make_schema_newer();
  must_fail(backend.open({}), errc::schema_mismatch);
  must_fail(backend.open({.read_only = true}), errc::schema_mismatch);
}

void programs_that_open_a_new_database_at_once_all_succeed(contract_backend& backend) {
  constexpr std::size_t programs = 4;
  contract_bench on{backend};
  run_race(programs, [&](std::size_t i, meeting& all) {
    sequential_ids ids{static_cast<std::uint32_t>(i + 1)};
    all.wait();
    const auto store = on.open();
    must_commit(*store, write_of(ids, {stream_of(fmt::format("s-{}", i)).event("e")}));
  });
  const auto store = on.open();
  check_equal(must(store->head()).position, log_position{programs}, "the log's position");
  check_healthy(*store);
}

void the_database_refuses_to_change_stored_events(contract_backend& backend) {
  contract_bench on{backend};
  fill(on, *on.open());
  const auto before = read_log_of(*on.open());
  const auto attempts = backend.tamper();
  check(!attempts.empty(), "something was tried");
  for (const auto& attempt : attempts) {
    check(attempt.refused, "the database refuses: " + attempt.what);
    check(!attempt.answer.empty(), "it says why: " + attempt.what);
  }
  const auto store = on.open();
  check(same_events(before, read_log_of(*store)), "the log is the same");
  check_healthy(*store);
}

void a_healthy_store_finds_no_damage(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  check_healthy(*store);
  fill(on, *store);
  const auto head = must(store->head());
  must(store->save_checkpoint("mail", {head.position, head.commit}));
  check(must(store->save_snapshot(
          {must(stream_id::of("stock-1")), "stock", "v1", head_of(*store, "stock-1"), "{}"})),
        "kept");
  must_commit(*store, on.write_for("orders/1", {stream_of("order-2").event("placed")}));
  check_healthy(*store);
}

// Damage is told, never repaired: either the store does not open or it says what it found.
void damage_is_found(contract_backend& backend) {
  contract_bench on{backend};
  fill(on, *on.open());
  backend.damage();
  const auto store = backend.open({});
  if (!store) {
    must_fail(store, errc::store_corrupt);
    return;
  }
  const auto found = (*store)->find_damage();
  check(found ? !found->empty() : found.error().code == errc::store_corrupt, "the damage is told");
}

} // namespace

auto lifecycle_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(what_was_committed_is_there_after_a_restart, same_database),
    EVENTCORE_CASE(connections_see_each_others_commits_at_once, same_database),
    EVENTCORE_CASE(the_recorded_time_never_goes_backwards_between_connections, same_database),
    EVENTCORE_CASE(a_store_opened_for_reading_refuses_to_write, nothing),
    EVENTCORE_CASE(a_store_opened_for_reading_sees_what_others_commit, same_database),
    EVENTCORE_CASE(a_newer_schema_is_refused, newer_schema),
    EVENTCORE_CASE(programs_that_open_a_new_database_at_once_all_succeed, same_database),
    EVENTCORE_CASE(the_database_refuses_to_change_stored_events, tampering),
    EVENTCORE_CASE(a_healthy_store_finds_no_damage, nothing),
    EVENTCORE_CASE(damage_is_found, damage),
  };
  return cases;
}

} // namespace eventcore::testing
