#include "tool/bank_log.hpp"

#include <eventcore/maintenance.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/ids.hpp>

#include <utility>
#include <variant>
#include <vector>
#include <xxhash.h>

#include <fmt/format.h>

namespace bank_log {

namespace {

namespace ec = eventcore;
using ec::testing::head_after;
using ec::testing::stream_of;
using namespace std::chrono_literals;

constexpr auto first_day = std::chrono::sys_days{std::chrono::year{2024} / 3 / 4} + 9h;

auto clock() -> const ec::testing::manual_clock& {
  static const ec::testing::manual_clock ticking{first_day};
  return ticking;
}

/// The commits of one log, one a minute.
class writer {
public:
  explicit writer(ec::event_store& store, std::uint32_t seed) : store_{store}, ids_{seed} {}

  auto commit(const std::vector<stream_of>& streams, ec::metadata about = {},
              std::optional<ec::request> request = {}) -> ec::write_set {
    auto set = ec::testing::write_of(ids_, streams);
    set.metadata = std::move(about);
    set.request = std::move(request);
    const auto outcome = store_.append(set);
    if (const auto* why = std::get_if<ec::failure>(&outcome))
      throw ec::failure_error{*why};
    if (!std::holds_alternative<ec::committed>(outcome))
      throw ec::failure_error{{ec::errc::version_conflict, "the store is not empty"}};
    clock().advance(1min);
    return set;
  }

private:
  ec::event_store& store_;
  ec::testing::sequential_ids ids_;
};

/// As the library writes it: a checksum of the state, a line feed, the state.
void keep_snapshot(ec::event_store& store, std::string_view stream, const ec::stream_head& head,
                   std::string_view state) {
  auto payload = fmt::format("{:016x}\n{}", XXH3_64bits(state.data(), state.size()), state);
  ec::unwrap(store.save_snapshot({.stream = ec::stream_id::trusted(std::string{stream}),
                                  .view = "account",
                                  .fold = "0:{cents:int}",
                                  .head = head,
                                  .payload = std::move(payload)}));
}

} // namespace

auto settings() -> ec::store_settings {
  clock().set(first_day);
  return {.clock = clock()};
}

void fill(ec::event_store& store) {
  writer log{store, 1};
  const auto opened = log.commit({stream_of{"account-alice"}
                                    .event("opened", R"({"owner":"Alice"})")
                                    .event("deposited", R"({"cents":12000})")},
                                 {.actor = "teller 7", .pairs = {{"branch", "Bern"}}});
  const auto bob = log.commit({stream_of{"account-bob"}.event("opened", R"({"owner":"Bob"})")});
  const auto paid = log.commit(
    {stream_of{"account-alice"}
       .at(head_after(opened, "account-alice"))
       .event("withdrawn", R"({"cents":4500})"),
     stream_of{"account-bob"}
       .at(head_after(bob, "account-bob"))
       .event("deposited", R"({"cents":4500})"),
     stream_of{"transfer-1"}.event("ordered", R"({"cents":4500})")},
    {}, ec::request{ec::unwrap(ec::request_id::of("orders/1")), ec::digest_command("pay", "{}")});
  log.commit({stream_of{"transfer-1"}.at(head_after(paid, "transfer-1")).event("$closed")});
  log.commit({stream_of{"note-1"}.bytes("scanned", std::string{"\x89PNG\0\x01", 6})});
  const auto last = log.commit({stream_of{"note-2"}.event("written", R"({"text":"Müller"})")});

  keep_snapshot(store, "account-alice", head_after(paid, "account-alice"), R"({"cents":7500})");
  keep_snapshot(store, "account-bob", head_after(paid, "account-bob"), R"({"cents":4500})");
  ec::unwrap(store.save_checkpoint("balances", {.position = {9}, .commit = last.commit}));
  ec::unwrap(store.save_checkpoint("mails", {.position = {6}, .commit = paid.commit}));
  const auto page = ec::unwrap(store.read(ec::read_log{.after = {4}, .before = {6}}));
  ec::unwrap(store.park({.projection = "mails",
                         .event = page.events.front(),
                         .why = {ec::errc::handler_failed, "no address of Bob"},
                         .attempts = 3}));
}

void add_deposits(ec::event_store& store, int count) {
  writer log{store, 2};
  stream_of carol{"account-carol"};
  for (int i = 0; i < count; ++i)
    carol.event("deposited", R"({"cents":1})");
  log.commit({carol});
}

} // namespace bank_log
