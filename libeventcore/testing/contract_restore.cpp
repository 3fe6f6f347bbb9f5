#include "contract_bench.hpp"
#include "contract_logs.hpp"

#include <functional>
#include <span>

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

/// A log that is to be restored, and the store that it is restored into.
struct other_log {
  explicit other_log(contract_backend& backend) : on{backend} {
    auto first = on.write_for("orders/1", {stream_of("order-1").event("placed", R"({"n": 1})"),
                                           stream_of("stock-1").event("taken")});
    first.metadata = {.actor = "alice", .pairs = {{"from", "web"}}};
    first.events[0].type_version = 3;
    add(first);
    add(on.write({stream_of("order-1")
                    .at(head_after(first, "order-1"))
                    .bytes("scanned", {"\0\xFF", 2})
                    .event("paid", R"({"amount": "3.50"})")}));
    add(on.write_for("orders/2",
                     {stream_of("order-2").event("placed").event(std::string{closed_event})}));
    add(on.write({stream_of("caf\xC3\xA9").event("\xC3\xA9", "[1, null]")}));
  }

  /// The events of commits `first` to `last`, counted from 0.
  auto events(std::size_t first, std::size_t last) const -> std::vector<recorded_event> {
    return {log.events.begin() + static_cast<std::ptrdiff_t>(begins[first]),
            log.events.begin() + static_cast<std::ptrdiff_t>(begins[last + 1])};
  }

  auto all() const -> std::vector<recorded_event> { return log.events; }

  auto target() -> store_maintenance& { return store->maintenance(); }

  /// Restores events as one part.
  auto restore(std::span<const recorded_event> part, bool last = false) -> result<> {
    return target().restore(
      {.source = "bank.json", .archives = {}, .events = part, .requests = {}, .last = last});
  }

  void check_restored() {
    check_same_log(log, read_log_of(*store));
    check_equal(must(store->head()), log.head, "the log's head");
    check_healthy(*store);
  }

  contract_bench on;
  memory_log source;
  log_page log;
  std::vector<std::size_t> begins{0}; ///< the index of each commit's first event
  std::shared_ptr<event_store> store = on.open();

private:
  void add(const write_set& set) {
    source.append(set);
    begins.push_back(begins.back() + set.events.size());
    log = source.page();
  }
};

void a_restored_log_is_the_same_in_all_that_it_holds(contract_backend& backend) {
  other_log it{backend};
  must(it.target().restore({.source = "bank.json",
                            .archives = {},
                            .events = it.log.events,
                            .requests = it.source.requests(),
                            .last = true}));
  it.check_restored();
  check_equal(read_all(*it.store, "order-1").events.size(), 3U, "events of a stream");
  check_equal(head_of(*it.store, "order-2").version, stream_version{2}, "a stream's version");
  check(must(it.target().list_requests("", 10)) == it.source.requests(), "the requests");
  check(must(it.target().list_streams({.prefix = "order-2"})).at(0).closed, "a closed stream");
  check_equal(read_log_of(*it.store, {.kinds = {"stock"}}).events.size(), 1U, "of a kind");
}

void a_restored_store_goes_on_where_the_log_ends(contract_backend& backend) {
  other_log it{backend};
  must(it.target().restore({.source = "bank.json",
                            .archives = {},
                            .events = it.log.events,
                            .requests = it.source.requests(),
                            .last = true}));
  const auto next = it.on.write({stream_of("order-1").at(head_of(*it.store, "order-1")).event("e"),
                                 stream_of("new-1").event("e")});
  check_equal(must_commit(*it.store, next).first, log_position{it.log.events.size() + 1},
              "the next position");
  auto again = it.on.write_for("orders/1", {stream_of("order-1").event("placed")});
  check(must_repeat(*it.store, again) == it.source.requests().at(0).done, "the original is given");
  check_healthy(*it.store);
}

void a_log_is_restored_in_parts(contract_backend& backend) {
  other_log it{backend};
  check_equal(must(it.target().restoring()), "", "before");
  must(it.restore(it.events(0, 0)));
  check_equal(must(it.target().restoring()), "bank.json", "meanwhile");
  check_equal(must(it.store->head()).position, log_position{2}, "the log's position");
  must(it.restore(it.events(1, 2)));
  must(it.restore({}));
  must(it.restore(it.events(3, 3)));
  check_equal(must(it.target().restoring()), "bank.json", "until the last part");
  must(it.restore({}, true));
  check_equal(must(it.target().restoring()), "", "after it");
  it.check_restored();
}

void an_empty_log_is_restored(contract_backend& backend) {
  other_log it{backend};
  must(it.restore({}, true));
  check_equal(must(it.target().restoring()), "", "it ended");
  must_commit(*it.store, it.on.write({stream_of("a-1").event("e")}));
}

void nobody_else_writes_while_a_log_is_restored(contract_backend& backend) {
  other_log it{backend};
  must(it.restore(it.events(0, 1)));
  const auto set = it.on.write({stream_of("new-1").event("e")});
  const auto outcomes =
    it.store->append(std::vector{set, it.on.write({stream_of("new-2").event("e")})});
  for (const auto& outcome : outcomes)
    check_failure(must_be<failure>(outcome), errc::read_only, "restored from 'bank.json'",
                  source_location::current());
  check(!must(it.store->find_commit(set, {})), "it is not there");
  check_equal(must(it.store->head()).position, log_position{4}, "the log's position");
  const auto head = must(it.store->head());
  must(it.store->save_checkpoint("mail", {head.position, head.commit}));
  must(it.restore(it.events(2, 3), true));
  it.check_restored();
  must_commit(*it.store, set);
}

void a_restore_goes_on_after_a_restart(contract_backend& backend) {
  other_log it{backend};
  must(it.restore(it.events(0, 1)));
  it.store.reset();
  it.store = it.on.open();
  check_equal(must(it.target().restoring()), "bank.json", "it is known");
  must_fail(*it.store, it.on.write({stream_of("new-1").event("e")}), errc::read_only, "bank.json");
  must(it.restore(it.events(2, 3), true));
  it.check_restored();
}

void a_log_is_restored_only_into_a_store_without_events(contract_backend& backend) {
  other_log it{backend};
  must_commit(*it.store, it.on.write({stream_of("new-1").event("e")}));
  must_fail(it.restore(it.all()), errc::invalid_argument, "holds 1 events");
  must_fail(it.restore({}), errc::invalid_argument, "holds 1 events");
  check_equal(must(it.target().restoring()), "", "it did not begin");
  must_commit(*it.store, it.on.write({stream_of("new-2").event("e")}));
}

void a_log_is_restored_from_one_source(contract_backend& backend) {
  other_log it{backend};
  const auto from_another = [&] {
    return it.target().restore(
      {.source = "shop.json", .archives = {}, .events = {}, .requests = {}, .last = true});
  };
  must_fail(it.target().restore({.archives = {}, .events = {}, .requests = {}}),
            errc::invalid_argument, "source");
  must(it.restore(it.events(0, 1)));
  must_fail(from_another(), errc::invalid_argument, "from 'bank.json'");
  must(it.restore(it.events(2, 3), true));
  must_fail(from_another(), errc::invalid_argument, "holds 7 events");
  must_fail(it.restore({}), errc::invalid_argument, "holds 7 events");
  it.check_restored();
}

// Every part here contradicts what is there or itself, in its own way.
void a_part_that_does_not_follow_is_refused(contract_backend& backend) {
  other_log it{backend};
  must(it.restore(it.events(0, 0)));
  const auto good = it.events(1, 3);
  using part = std::vector<recorded_event>;
  const std::vector<std::pair<std::string, std::function<void(part&)>>> flaws{
    {"ends at position 2", [&](auto& p) { p = it.events(0, 1); }},
    {"ends at position 2", [&](auto& p) { p = it.events(2, 3); }},
    {"follow position 3", [](auto& p) { p.erase(p.begin() + 1); }},
    {"follow position 3", [](auto& p) { p[1].position = {3}; }},
    {"of stream order-1", [](auto& p) { p[0].version = {3}; }},
    {"of stream order-1", [](auto& p) { p[1].version = {5}; }},
    {"of stream order-2", [](auto& p) { p[2].version = {2}; }},
    {"of stream caf", [](auto& p) { p[4].version = {2}; }},
    {"another part", [&](auto& p) { p[0].commit = it.log.events[1].commit; }},
    {"further below", [](auto& p) { p[4].commit = p[0].commit; }},
    {"before the one below", [](auto& p) { p[2].recorded_at -= 1h; }},
    {"before the one below", [](auto& p) { p[0].recorded_at -= 1h; }},
    {"no commit id", [](auto& p) { p[0].commit = {}; }},
    {"no id", [](auto& p) { p[0].id = {}; }},
    {"name a stream", [](auto& p) { p[4].stream = "a*"; }},
    {"no type", [](auto& p) { p[4].type = ""; }},
    {"not valid JSON", [](auto& p) { p[4].payload = "{"; }},
    {"metadata", [](auto& p) { p[4].metadata_json = "{"; }},
    {"archive 'gone.json'",
     [](auto& p) {
       p[4].encoding = encoding::archived;
       p[4].payload = "gone.json";
     }},
  };
  for (const auto& [text, make] : flaws) {
    auto flawed = good;
    make(flawed);
    must_fail(it.restore(flawed, true), errc::invalid_argument, text);
    check_equal(must(it.store->head()).position, log_position{2}, "nothing was written: " + text);
    check_equal(must(it.target().restoring()), "bank.json", "it has not ended: " + text);
  }
  must(it.restore(good, true));
  it.check_restored();
}

void requests_that_are_here_already_are_left_alone(contract_backend& backend) {
  other_log it{backend};
  const auto known = it.source.requests();
  auto changed = known;
  changed[0].done.commit = it.log.events.back().commit;
  must(it.target().restore({.source = "bank.json",
                            .archives = {},
                            .events = it.log.events,
                            .requests = std::span{known}.first(1)}));
  must(it.target().restore(
    {.source = "bank.json", .archives = {}, .events = {}, .requests = changed, .last = true}));
  check(must(it.target().list_requests("", 10)) == known, "the first ones");
}

// R10: what is done already comes before all refusals.
void a_request_that_came_with_the_log_is_answered_meanwhile(contract_backend& backend) {
  other_log it{backend};
  must(it.target().restore({.source = "bank.json",
                            .archives = {},
                            .events = it.log.events,
                            .requests = it.source.requests()}));
  auto again = it.on.write_for("orders/1", {stream_of("order-1").event("placed")});
  check(must_repeat(*it.store, again) == it.source.requests().at(0).done, "the original is given");
  must_fail(*it.store, it.on.write_for("orders/9", {stream_of("order-9").event("placed")}),
            errc::read_only, "bank.json");
  must(it.restore({}, true));
  it.check_restored();
}

void a_large_log_is_restored(contract_backend& backend) {
  other_log it{backend};
  memory_log large;
  for (int commit = 0; commit < 30; ++commit) {
    std::vector<stream_of> streams;
    for (int i = 0; i < 200; ++i) {
      const auto id = fmt::format("s-{}", (commit % 10) * 200 + i);
      streams.push_back(stream_of(id).at(large.head_of(id)).event("e").event("f"));
    }
    large.append(it.on.write(streams));
  }
  it.log = large.page();
  const std::span all{it.log.events};
  for (std::size_t at = 0; at < all.size(); at += 4000)
    must(it.restore(all.subspan(at, 4000), at + 4000 == all.size()));
  it.check_restored();
}

} // namespace

auto restore_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_restored_log_is_the_same_in_all_that_it_holds, nothing),
    EVENTCORE_CASE(a_restored_store_goes_on_where_the_log_ends, nothing),
    EVENTCORE_CASE(a_log_is_restored_in_parts, nothing),
    EVENTCORE_CASE(an_empty_log_is_restored, nothing),
    EVENTCORE_CASE(nobody_else_writes_while_a_log_is_restored, nothing),
    EVENTCORE_CASE(a_restore_goes_on_after_a_restart, same_database),
    EVENTCORE_CASE(a_log_is_restored_only_into_a_store_without_events, nothing),
    EVENTCORE_CASE(a_log_is_restored_from_one_source, nothing),
    EVENTCORE_CASE(a_part_that_does_not_follow_is_refused, nothing),
    EVENTCORE_CASE(requests_that_are_here_already_are_left_alone, nothing),
    EVENTCORE_CASE(a_request_that_came_with_the_log_is_answered_meanwhile, nothing),
    EVENTCORE_CASE(a_large_log_is_restored, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
