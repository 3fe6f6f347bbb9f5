#include "contract_bench.hpp"

#include <limits>

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

struct listed_streams {
  explicit listed_streams(contract_backend& backend)
      : on{backend}, store{on.open({.clock = clock})} {}

  auto list(const stream_query& query = {}) const -> std::vector<stream_entry> {
    return must(store->maintenance().list_streams(query));
  }

  /// Commits one event on top of a stream.
  void commit(std::string_view stream, std::string type = "e") {
    must_commit(*store,
                on.write({stream_of(stream).at(head_of(*store, stream)).event(std::move(type))}));
  }

  /// The ids of the streams that fit, parted by blanks.
  auto names(const stream_query& query = {}) const -> std::string {
    std::string names;
    for (const auto& each : list(query))
      names.append(names.empty() ? "" : " ").append(each.id);
    return names;
  }

  contract_bench on;
  manual_clock clock;
  std::shared_ptr<event_store> store;
};

void a_stream_is_listed_with_its_last_event(contract_backend& backend) {
  listed_streams it{backend};
  check(it.list().empty(), "none at first");
  it.commit("order-1");
  it.clock.advance(1s);
  const auto second =
    it.on.write({stream_of("order-1").at(head_of(*it.store, "order-1")).event("f"),
                 stream_of("stock-1").event("g")});
  must_commit(*it.store, second);
  const auto found = it.list();
  check_equal(found.size(), 2U, "streams");
  check(found[0]
          == stream_entry{.id = "order-1",
                          .head = head_after(second, "order-1"),
                          .last = {2},
                          .changed_at = it.clock()},
        "the first stream");
  check(found[1]
          == stream_entry{.id = "stock-1",
                          .head = head_after(second, "stock-1"),
                          .last = {3},
                          .changed_at = it.clock()},
        "the second stream");
}

void a_stream_is_closed_while_its_last_event_says_so(contract_backend& backend) {
  listed_streams it{backend};
  const auto closed = [&] { return it.list().at(0).closed; };
  it.commit("order-1");
  check(!closed(), "open at first");
  it.commit("order-1", std::string{closed_event});
  check(closed(), "closed");
  check(!it.list().at(0).archived, "closed is not archived");
  it.commit("order-1");
  check(!closed(), "opened again");
}

void streams_are_listed_in_the_order_of_their_bytes(contract_backend& backend) {
  listed_streams it{backend};
  for (const auto* id : {"b-1", "a-10", "B-1", "a-1", "\xC3\xA9-1", "a-1-x", "a-2", "a_b-1"})
    it.commit(id);
  check_equal(it.names(), "B-1 a-1 a-1-x a-10 a-2 a_b-1 b-1 \xC3\xA9-1", "all");
}

void streams_are_selected_by_kind_prefix_and_pattern(contract_backend& backend) {
  listed_streams it{backend};
  for (const auto* id : {"account-home-1", "account-home-2", "account-work-1", "accounts-1",
                         "account", "order-1", "order_line-1"})
    it.commit(id);
  check_equal(it.names({.kinds = {"account"}}), "account-home-1 account-home-2 account-work-1",
              "a kind");
  check_equal(it.names({.kinds = {"order", "accounts"}}), "accounts-1 order-1", "two kinds");
  check_equal(it.names({.kinds = {"nothing"}}), "", "a kind that is not there");
  check_equal(it.names({.prefix = "account-h"}), "account-home-1 account-home-2", "a prefix");
  check_equal(it.names({.prefix = "order_"}), "order_line-1", "a prefix without patterns in it");
  check_equal(it.names({.glob = "account-*-1"}), "account-home-1 account-work-1", "a pattern");
  check_equal(it.names({.glob = "account"}), "account", "a pattern of the whole id");
  check_equal(it.names({.kinds = {"account", "order"}, .prefix = "account-", .glob = "*-[!1]"}),
              "account-home-2", "all together");
  check_equal(it.names({.kinds = {"order"}, .prefix = "account-"}), "", "what excludes each other");
}

void lists_of_streams_go_on_after_their_last(contract_backend& backend) {
  listed_streams it{backend};
  for (const auto* id : {"a-1", "a-2", "a-3", "b-1", "b-2"})
    it.commit(id);
  check_equal(it.names({.limit = 2}), "a-1 a-2", "the first page");
  check_equal(it.names({.after = "a-2", .limit = 2}), "a-3 b-1", "the next");
  check_equal(it.names({.after = "b-1", .limit = 2}), "b-2", "the last");
  check_equal(it.names({.after = "b-2", .limit = 2}), "", "past the last");
  check_equal(it.names({.after = "a-15"}), "a-2 a-3 b-1 b-2", "after one that is not there");
  check_equal(it.names({.prefix = "a-", .after = "a-2"}), "a-3", "within a prefix");
  check_equal(it.names({.kinds = {"b"}, .after = "a-2", .limit = 1}), "b-1", "before a kind");
  check_equal(it.names({.limit = 0}), "", "none");
  check_equal(it.names({.limit = std::numeric_limits<std::size_t>::max()}), "a-1 a-2 a-3 b-1 b-2",
              "without a limit");
}

} // namespace

auto stream_list_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_stream_is_listed_with_its_last_event, nothing),
    EVENTCORE_CASE(a_stream_is_closed_while_its_last_event_says_so, nothing),
    EVENTCORE_CASE(streams_are_listed_in_the_order_of_their_bytes, nothing),
    EVENTCORE_CASE(streams_are_selected_by_kind_prefix_and_pattern, nothing),
    EVENTCORE_CASE(lists_of_streams_go_on_after_their_last, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
