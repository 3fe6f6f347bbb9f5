#include "support/accounts.hpp"

#include <eventcore/ids.hpp>
#include <eventcore/metadata.hpp>
#include <eventcore/queries.hpp>
#include <eventcore/recorded_event.hpp>
#include <eventcore/request.hpp>
#include <eventcore/retry_policy.hpp>

#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;
using namespace std::chrono_literals;

namespace {

auto repeat(std::string_view text, std::size_t times) -> std::string {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(stream_ids_are_trimmed_and_keep_their_text) {
  BOOST_TEST(ec::unwrap(ec::stream_id::of("  order-1\t\n")).text() == "order-1");
  BOOST_TEST(ec::unwrap(ec::stream_id::of("\u00a0\u2003order-ž 1\u3000")).text() == "order-ž 1");
  BOOST_TEST(ec::unwrap(ec::stream_id::of("order_%-\\'\"1")).text() == "order_%-\\'\"1");
}

BOOST_AUTO_TEST_CASE(stream_ids_are_measured_in_characters_not_bytes) {
  BOOST_TEST(ec::stream_id::of(repeat("ž", 255)).has_value());
  BOOST_TEST(ec::stream_id::of(repeat("😀", 255)).has_value());
  BOOST_TEST(!ec::stream_id::of(repeat("ž", 256)).has_value());
}

BOOST_AUTO_TEST_CASE(malformed_stream_ids_are_refused_with_the_reason) {
  const auto reason = [](std::string_view text) { return ec::stream_id::of(text).error().detail; };
  BOOST_TEST(reason("") == "'' cannot name a stream: it is empty");
  BOOST_TEST(reason(" \n ") == "'' cannot name a stream: it is empty");
  BOOST_TEST(reason("al*ce")
             == "'al*ce' cannot name a stream: it holds one of the pattern characters * ? [ ]");
  BOOST_TEST(reason("a]b")
             == "'a]b' cannot name a stream: it holds one of the pattern characters * ? [ ]");
  BOOST_TEST(reason("a\nb") == "'a\\x0ab' cannot name a stream: it holds a control character");
  BOOST_TEST(reason(std::string_view{"a\0b", 3})
             == "'a\\x00b' cannot name a stream: it holds a control character");
  BOOST_TEST(reason("a\xC0\xAF") == "'a\\xc0\\xaf' cannot name a stream: it is not valid UTF-8");
  BOOST_TEST(reason("a\xED\xA0\x80")
             == "'a\\xed\\xa0\\x80' cannot name a stream: it is not valid UTF-8");
  BOOST_TEST(reason(repeat("x", 256)).ends_with("it is longer than 255 characters"));
}

BOOST_AUTO_TEST_CASE(the_kind_is_the_text_before_the_first_dash) {
  const auto kind = [](std::string_view text) { return std::string{ec::kind_of(text)}; };
  BOOST_TEST(kind("account-a-b") == "account");
  BOOST_TEST(kind("a_1-x") == "a_1");
  BOOST_TEST(kind("Account-x") == "");
  BOOST_TEST(kind("1a-x") == "");
  BOOST_TEST(kind("account") == "");
}

BOOST_AUTO_TEST_CASE(typed_streams_carry_their_kind) {
  using accounts::account;
  BOOST_TEST(ec::stream<account>{"alice"}.id().text() == "account-alice");
  BOOST_TEST(ec::unwrap(ec::stream<account>::of(" a b ")).id().text() == "account-a b");
  BOOST_TEST(ec::stream<account>{"alice"}.key() == "alice");
  BOOST_TEST(!ec::stream<account>{}.id().is_named());
  BOOST_TEST(ec::stream<account>::of("a*").error().detail
             == "'a*' cannot name a stream of kind 'account': 'a*' cannot name a stream: it holds "
                "one of the "
                "pattern characters * ? [ ]");
  BOOST_TEST(!ec::stream<account>::of(repeat("x", 248)).has_value());
  BOOST_TEST(
    ec::stream<account>::from_id(ec::unwrap(ec::stream_id::of("order-1"))).error().detail
    == "stream 'order-1' is not of kind 'account'; the id of such a stream begins with 'account-'");
}

BOOST_AUTO_TEST_CASE(request_ids_are_short_texts) {
  BOOST_TEST(ec::unwrap(ec::request_id::of("orders/29401")).text() == "orders/29401");
  BOOST_TEST(ec::request_id::of(repeat("x", 128)).has_value());
  BOOST_TEST(ec::request_id::of("").error().detail == "'' cannot be a request id: it is empty");
  BOOST_TEST(ec::request_id::of(repeat("x", 129))
               .error()
               .detail.ends_with("it has 129 bytes, at most 128 are allowed"));
  BOOST_TEST(!ec::request_id::of(std::string_view{"a\0", 2}).has_value());
  BOOST_TEST(!ec::request_id::of("\xFF").has_value());
}

// Stored for ever: these bytes must never change.
BOOST_AUTO_TEST_CASE(digests_are_stable) {
  const auto digest = ec::digest_command("transfer", R"({"cents":1})");
  BOOST_TEST(ec::uuid_text(digest) == "fedfdd25-ecf3-f42d-d1a7-145ce205ae5e");
  BOOST_CHECK(digest != ec::digest_command("transfer", R"({"cents":2})"));
  BOOST_CHECK(ec::digest_command("ab", "c") != ec::digest_command("a", "bc"));
}

BOOST_AUTO_TEST_CASE(event_ids_are_version_7_and_carry_their_time) {
  const auto id = ec::random_ids().next_event(ec::timestamp{1'700'000'000'123'456us});
  BOOST_TEST(id.text().substr(0, 13) == "018bcfe5-687b");
  BOOST_TEST(id.text()[14] == '7');
  BOOST_TEST(std::string{"89ab"}.find(id.text()[19]) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_forked_child_has_ids_of_its_own) {
  static_cast<void>(ec::random_ids().next_commit());
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const auto child = fork();
  if (child == 0) {
    const auto id = ec::random_ids().next_commit();
    _exit(write(ends[1], id.bytes.data(), 16) == 16 ? 0 : 1);
  }
  const auto ours = ec::random_ids().next_commit();
  ec::commit_id theirs;
  BOOST_REQUIRE(read(ends[0], theirs.bytes.data(), 16) == 16);
  waitpid(child, nullptr, 0);
  BOOST_CHECK(ours != theirs);
}

BOOST_AUTO_TEST_CASE(uuids_round_trip_as_text) {
  const auto id = ec::random_ids().next_commit();
  BOOST_CHECK(ec::commit_id::parse(id.text()) == id);
  for (const auto* bad :
       {"", "0", "00000000-0000-0000-0000-00000000000", "00000000x0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-00000000000G"})
    BOOST_CHECK(!ec::commit_id::parse(bad));
}

BOOST_AUTO_TEST_CASE(metadata_round_trips_and_is_empty_text_when_there_is_none) {
  BOOST_TEST(ec::to_json(ec::metadata{}) == "");
  ec::metadata all;
  all.actor = "anna";
  all.correlation.bytes[0] = 1;
  all.causation.bytes[0] = 2;
  all.pairs = {{"ip", "127.0.0.1"}, {"žluť", "\"kůň\""}};
  BOOST_CHECK(ec::unwrap(ec::parse_metadata(ec::to_json(all))) == all);
  BOOST_TEST(
    ec::to_json(all)
    == R"({"actor":"anna","causation":"02000000-0000-0000-0000-000000000000","correlation":)"
       R"("01000000-0000-0000-0000-000000000000","pairs":{"ip":"127.0.0.1","žluť":"\"kůň\""}})");
}

BOOST_AUTO_TEST_CASE(causation_and_correlation_follow_from_the_cause) {
  ec::recorded_event first;
  first.id.bytes[0] = 7;
  const auto from_first = ec::unwrap(ec::caused_by(first));
  BOOST_CHECK(from_first.causation == first.id);
  BOOST_CHECK(from_first.correlation.bytes == first.id.bytes);

  const auto json = ec::to_json(from_first);
  ec::recorded_event second;
  second.id.bytes[0] = 8;
  second.metadata_json = json;
  const auto from_second = ec::unwrap(ec::caused_by(second));
  BOOST_CHECK(from_second.causation == second.id);
  BOOST_CHECK(from_second.correlation == from_first.correlation);
}

BOOST_AUTO_TEST_CASE(unwrap_throws_the_full_text) {
  BOOST_CHECK_EXCEPTION(
    ec::unwrap(ec::stream_id::of("")), ec::failure_error, [](const auto& error) {
      return std::string{error.what()} == "invalid_argument: '' cannot name a stream: it is empty";
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(patterns)

BOOST_AUTO_TEST_CASE(globs_match_whole_ids_by_character) {
  using ec::glob_matches;
  BOOST_TEST(glob_matches("*", ""));
  BOOST_TEST(glob_matches("order-*", "order-"));
  BOOST_TEST(glob_matches("order-*-x", "order-1-x-2-x"));
  BOOST_TEST(!glob_matches("order-*-x", "order-1-x-2"));
  BOOST_TEST(glob_matches("?", "ž"));
  BOOST_TEST(!glob_matches("?", ""));
  BOOST_TEST(!glob_matches("?", "ab"));
  BOOST_TEST(glob_matches("[a-c]1", "b1"));
  BOOST_TEST(!glob_matches("[a-c]1", "d1"));
  BOOST_TEST(glob_matches("[!a-c]1", "d1"));
  BOOST_TEST(!glob_matches("[!a-c]1", "b1"));
  BOOST_TEST(glob_matches("[ž]", "ž"));
  BOOST_TEST(glob_matches("[a-]", "-"));
  BOOST_TEST(!glob_matches("Order", "order"));
  BOOST_TEST(glob_matches("a_%\\", "a_%\\"));
  BOOST_TEST(!glob_matches("a_c", "abc"));
  BOOST_TEST(glob_matches(repeat("*a", 50), repeat("a", 100)));
  BOOST_TEST(!glob_matches(repeat("*a", 50) + "b", repeat("a", 5000)));
}

BOOST_AUTO_TEST_CASE(filters_hold_all_their_conditions) {
  const ec::event_filter filter{
    .kinds = {"order", "stock"}, .prefix = "order-1", .glob = "*-1?", .types = {"order.placed"}};
  BOOST_TEST(ec::fits(filter, "order-12", "placed"));
  BOOST_TEST(!ec::fits(filter, "order-12", "paid"));
  BOOST_TEST(!ec::fits(filter, "order-123", "placed"));
  BOOST_TEST(!ec::fits(filter, "stock-12", "placed"));
  BOOST_TEST(ec::fits({}, "anything", "at all"));
}

BOOST_AUTO_TEST_CASE(malformed_queries_are_refused) {
  const auto reason = [](const ec::read_log& query) { return ec::validate(query).error().detail; };
  BOOST_TEST(reason({.filter = {.kinds = {"Order"}}})
             == "'Order' is not a kind: a kind reads [a-z][a-z0-9_]*");
  BOOST_TEST(reason({.filter = {.glob = "a[b"}})
             == "the pattern 'a[b' has a character class that is not closed by ']'");
  BOOST_TEST(reason({.filter = {.types = {"placed"}}})
             == "'placed' is not an event type: write it as kind.type");
  BOOST_TEST(reason({.page = {.events = 0}})
             == "a page must hold at least one event and one byte; ask for more");
  BOOST_TEST(ec::validate(ec::read_stream{}).error().detail
             == "the stream that is to be read has no name; give it an id");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_policies)

BOOST_AUTO_TEST_CASE(exponential_delays_double_up_to_the_cap) {
  const ec::retry_policy policy{.jitter = 0};
  BOOST_CHECK(policy.delay_after(1, 0.5) == 10ms);
  BOOST_CHECK(policy.delay_after(4, 0.5) == 80ms);
  BOOST_CHECK(policy.delay_after(8, 0.5) == 1s);
  BOOST_CHECK(policy.delay_after(4'000'000'000U, 0.5) == 1s);
}

BOOST_AUTO_TEST_CASE(jitter_varies_by_its_share_and_respects_the_cap) {
  const ec::retry_policy policy;
  BOOST_CHECK(policy.delay_after(1, 0.0) == 8ms);
  BOOST_CHECK(policy.delay_after(1, 0.5) == 10ms);
  BOOST_CHECK(policy.delay_after(1, 1.0) == 12ms);
  BOOST_CHECK(policy.delay_after(20, 1.0) == 1s);
}

BOOST_AUTO_TEST_CASE(other_kinds_of_backoff) {
  BOOST_CHECK(
    (ec::retry_policy{.backoff = ec::backoff::linear, .jitter = 0}.delay_after(3, 0) == 30ms));
  BOOST_CHECK(
    (ec::retry_policy{.backoff = ec::backoff::fixed, .jitter = 0}.delay_after(3, 0) == 10ms));
  BOOST_CHECK((ec::retry_policy{.backoff = ec::backoff::none}.delay_after(3, 1) == 0ms));
}

BOOST_AUTO_TEST_CASE(retries_are_counted_and_logged) {
  std::ostringstream log;
  ec::retry_counters counters;
  const auto hook = counters.hook(ec::log_retries(log));
  ec::failure why{ec::errc::version_conflict, "stream s was expected at version 1 and found at 2"};
  hook({.command = "deposit", .attempt = 1, .delay = 12ms, .why = why, .streams = why.streams});
  why.code = ec::errc::store_unavailable;
  hook({.command = "deposit", .attempt = 2, .delay = 20ms, .why = why, .streams = why.streams});
  BOOST_TEST(counters.conflicts == 1U);
  BOOST_TEST(counters.store_failures == 1U);
  BOOST_TEST(counters.waited_us == 32'000U);
  BOOST_TEST(log.str().starts_with(
    "retry of deposit after attempt 1 in 12.0 ms: version_conflict: stream s was "
    "expected at version 1 and found at 2\n"));
}

BOOST_AUTO_TEST_SUITE_END()
