#include "support/accounts.hpp"

#include <eventcore/testing/scenario.hpp>

#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace accounts;
using namespace eventcore::testing;

namespace {

const ec::stream<account> alice{"alice"};
const ec::stream<account> bob{"bob"};

auto text_of(const auto& check) -> std::string {
  try {
    check();
  } catch (const scenario_failed& failed) {
    return failed.what();
  }
  return "it held";
}

// A kind whose events were renamed and reshaped.
struct renamed {
  static constexpr std::string_view name = "happened";
  static constexpr std::array<std::string_view, 1> aliases{"occurred"};

  std::int32_t times = 0;
};
BOOST_DESCRIBE_STRUCT(renamed, (), (times))

struct story {
  using events = ec::events<renamed>;
  static constexpr std::string_view kind = "tale";

  std::int32_t times = 0;

  void apply(const renamed& e) { times += e.times; }
};

struct tell {
  ec::stream<story> which;

  auto handle(const story& told, const ec::context& about) const -> ec::result<renamed> {
    return renamed{told.times + (about.actor == "anna" ? 1 : 0)};
  }
};
BOOST_DESCRIBE_STRUCT(tell, (), (which))

// A type that cannot be edited, made a kind from outside.
struct legacy_counter {
  std::int32_t value = 0;
};
struct counted {
  std::int32_t by = 0;
};
BOOST_DESCRIBE_STRUCT(counted, (), (by))

void apply(legacy_counter& counter, const counted& event) { counter.value += event.by; }

/// Reads another fold of the same events beside the kind's own.
struct audit_account {
  ec::stream<account> balance;
  ec::stream<account, deposit_count> deposits;

  auto handle(const ec::states<audit_account>& all, ec::emit<audit_account>&) const
    -> ec::result<> {
    EVENTCORE_REQUIRE(false, "{} after {}", all[balance].balance, all[deposits].deposits);
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(audit_account, (), (balance, deposits))

} // namespace

EVENTCORE_STREAM(legacy_counter, "counter", counted)

namespace {

struct count {
  ec::stream<legacy_counter> which;

  auto handle(const legacy_counter& counter) const -> ec::result<counted> {
    return counted{counter.value + 1};
  }
};
BOOST_DESCRIBE_STRUCT(count, (), (which))

} // namespace

BOOST_AUTO_TEST_SUITE(scenarios)

BOOST_AUTO_TEST_CASE(events_lead_to_events) {
  given(on(alice, money_deposited{1000}), on(bob))
    .when(transfer{alice, bob, 300})
    .then(on(alice, money_withdrawn{300}), on(bob, money_deposited{300}));
}

BOOST_AUTO_TEST_CASE(a_rule_says_no) {
  given(on(alice, money_deposited{100}, money_withdrawn{50}))
    .when(transfer{alice, bob, 300})
    .then(violates("account-alice lacks 250 cents"));
  given(on(alice, money_deposited{100}))
    .when(transfer{alice, bob, 300})
    .then(violates(insufficient_funds{"account-alice", 200}));
  given().when(transfer{alice, {}, 300}).then(fails(ec::errc::invalid_argument, "has no name"));
}

BOOST_AUTO_TEST_CASE(discovered_streams_take_part) {
  const ec::stream<order> cart{"cart"};
  const ec::stream<stock> apples{"apples"};
  given(on(cart, item_listed{apples, 2}), on(apples, stock_added{5}))
    .when(ship_order{cart})
    .then(on(apples, stock_taken{2}), on(cart, order_shipped{}));
  given(on(cart, item_listed{apples, 2}), on(apples, stock_added{1}))
    .when(ship_order{cart})
    .then(violates(out_of_stock{apples, 1}));
}

BOOST_AUTO_TEST_CASE(what_does_not_hold_is_told_with_both_sides) {
  const auto observed = given(on(alice, money_deposited{1000})).when(transfer{alice, bob, 300});
  BOOST_TEST(text_of([&] { observed.then(on(alice, money_withdrawn{301})); })
             == "expected\n  account-alice: money_withdrawn {\"cents\":301}\n"
                "but the command emitted\n  account-alice: money_withdrawn {\"cents\":300}\n"
                "  account-bob: money_deposited {\"cents\":300}\n");
  BOOST_TEST(text_of([&] { observed.then(); }).starts_with("expected\n  no event\n"));
  BOOST_TEST(text_of([&] { observed.then(violates("no")); }).starts_with("expected the failure"));
  const auto refused = given().when(transfer{alice, bob, 300});
  BOOST_TEST(text_of([&] { refused.then(); }).find("account-alice lacks 300 cents")
             != std::string::npos);
  BOOST_TEST(text_of([&] { refused.then(fails(ec::errc::not_found)); }) != "it held");
  BOOST_TEST(text_of([&] { refused.then(violates(insufficient_funds{"account-alice", 1})); })
             != "it held");
}

BOOST_AUTO_TEST_CASE(names_kinds_and_context_are_as_the_types_say) {
  const ec::stream<story> once{"once"};
  BOOST_TEST(once.id().text() == "tale-once");
  ec::execute_options options;
  options.metadata.actor = "anna";
  const auto observed = given(on(once, renamed{4})).when(tell{once}, options);
  observed.then(on(once, renamed{5}));
  BOOST_TEST(observed.events().front().events.front().type.name == "happened");
}

BOOST_AUTO_TEST_CASE(types_that_cannot_be_edited_are_kinds_too) {
  const ec::stream<legacy_counter> visits{"visits"};
  given(on(visits, counted{4})).when(count{visits}).then(on(visits, counted{5}));
}

BOOST_AUTO_TEST_CASE(one_stream_can_be_read_as_two_views) {
  given(on(alice, money_deposited{100}, money_withdrawn{30}, money_deposited{5}))
    .when(audit_account{alice, alice.as<deposit_count>()})
    .then(violates("75 after 2"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(folding)

namespace {

auto recorded(std::uint64_t version, std::string_view type, std::string_view payload)
  -> ec::recorded_event {
  return {.position = {version + 10},
          .version = {version},
          .stream = "tale-once",
          .type = type,
          .payload = payload};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_renamed_event_is_known_by_its_former_name) {
  ec::stream_page page;
  page.events = {recorded(1, "occurred", R"({"times":2})"),
                 recorded(2, "happened", R"({"times":3})")};
  story told;
  ec::stream_head head;
  BOOST_REQUIRE(ec::fold(ec::view_type_of<story>, page, &told, head));
  BOOST_TEST(told.times == 5);
  BOOST_TEST(head.version.value == 2U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_folded_names_position_stream_and_type) {
  const auto failure_of = [](ec::recorded_event event) {
    ec::stream_page page;
    page.events = {event};
    story told;
    ec::stream_head head;
    return ec::fold(ec::view_type_of<story>, page, &told, head).error();
  };
  const auto unknown = failure_of(recorded(1, "mystery", "{}"));
  BOOST_CHECK(unknown.code == ec::errc::codec_failed);
  BOOST_TEST(unknown.detail
             == "event 'mystery' of stream tale-once at position 11 (version 1) cannot be folded "
                "into 'story': the kind "
                "'tale' of this program lists no event 'mystery': a newer version of the program "
                "wrote it; update this one. If the event got another name, add the old one to its "
                "aliases; if it is no longer used, add ec::upcaster::drop(\"mystery\") to the "
                "upcasters of the kind");
  const auto undecodable = failure_of(recorded(1, "happened", R"({"times":"x"})"));
  BOOST_CHECK(undecodable.code == ec::errc::codec_failed);
  BOOST_TEST(undecodable.detail.find("happened.times") != std::string::npos);
  auto newer = recorded(1, "happened", R"({"times":1})");
  newer.type_version = 2;
  BOOST_TEST(failure_of(newer).detail.find("stored in version 2") != std::string::npos);
  BOOST_CHECK(failure_of(recorded(2, "happened", R"({"times":1})")).code
              == ec::errc::store_corrupt);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(naming)

namespace {

// Members that are called like what a type may say about itself.
struct awkward {
  std::string name;
  std::int32_t type_version = 0;
  std::vector<std::string> aliases;
};
BOOST_DESCRIBE_STRUCT(awkward, (), (name, type_version, aliases))

struct oddity {
  using events = ec::events<awkward>;
  std::string kind;
  void apply(const awkward& e) { kind = e.name; }
};

struct make_awkward {
  ec::stream<oddity> which;
  std::string name;

  auto handle(const oddity& found) const -> ec::result<awkward> {
    return awkward{name + found.kind, 7, {}};
  }
};
BOOST_DESCRIBE_STRUCT(make_awkward, (), (which, name))

} // namespace

BOOST_AUTO_TEST_CASE(members_may_be_called_name_kind_aliases_and_type_version) {
  const ec::stream<oddity> odd{"odd"};
  BOOST_TEST(odd.id().text() == "oddity-odd");
  given(on(odd, awkward{"a", 1, {}}))
    .when(make_awkward{odd, "b"})
    .then(on(odd, awkward{"ba", 7, {}}));
}

BOOST_AUTO_TEST_CASE(a_command_that_has_no_json_cannot_carry_a_request_id) {
  ec::execute_options options;
  options.request = ec::unwrap(ec::request_id::of("tests/1"));
  given()
    .when(make_awkward{{"odd"}, "\xFF"}, options)
    .then(fails(ec::errc::invalid_argument,
                "the command cannot carry a request id: make_awkward.name"));
}

BOOST_AUTO_TEST_SUITE_END()
