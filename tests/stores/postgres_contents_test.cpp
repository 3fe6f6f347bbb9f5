#include "stores/postgres_backend.hpp"

#include "eventcore/json.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// Texts and sizes that are special to PostgreSQL, to SQL, or to what stands between.

namespace {

struct in_schema : postgres_backend {
  auto request_of(std::string_view id) const -> request {
    return {must(request_id::of(id)), digest_command("test", "{}")};
  }

  std::shared_ptr<event_store> store = must(open({}));
  sequential_ids ids;
};

// Valid in every name and text; each means something to somebody on the way.
constexpr const char* strange_texts[] = {
  "it's",
  "\"quoted\"",
  R"(back\slash\n)",
  "$1 and :name",
  "%s_%",
  "a,b",
  "{a,NULL}",
  "NULL",
  "null",
  "E'x'",
  "-- no comment",
  "; COMMIT; --",
  "\\x00",
  "\\000",
  "Grüße 🎉",
  "e\xCC\x81 is not \xC3\xA9",
  "$$; DROP",
  "{}",
  "()",
  "\xF0\x90\x80\x80",
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(contents, in_schema)

BOOST_AUTO_TEST_CASE(strange_texts_come_back_as_they_were_from_everywhere) {
  for (const std::string text : strange_texts) {
    BOOST_TEST_CONTEXT(text) {
      const auto type = "e " + text; // those that begin with '$' are reserved
      auto set =
        write_of(ids, {stream_of(text).event(type, to_json(text)).bytes(type + "2", text)});
      set.metadata.actor = text;
      set.metadata.pairs = {{text, text}};
      set.request = request_of(text);
      const auto done = must_commit(*store, set);
      BOOST_CHECK(must_repeat(*store, set) == done);
      const auto page = read_all(*store, text);
      BOOST_REQUIRE(page.events.size() == 2U);
      BOOST_TEST(page.events[0].stream == text);
      BOOST_TEST(page.events[0].type == type);
      BOOST_TEST(must(from_json<std::string>(page.events[0].payload)) == text);
      BOOST_TEST(page.events[1].payload == text);
      BOOST_CHECK(must(parse_metadata(page.events[0].metadata_json)) == set.metadata);
      BOOST_TEST(read_log_of(*store, {.prefix = text}).events.size() >= 2U);

      must(store->save_checkpoint(text, {done.first, set.commit}));
      BOOST_CHECK(must(store->load_checkpoint(text)).has_value());
      const snapshot state{.stream = stream_id::trusted(text),
                           .view = text,
                           .fold = text,
                           .head = head_after(set, text),
                           .payload = std::string{"\0", 1} + text};
      BOOST_TEST(must(store->save_snapshot(state)));
      BOOST_CHECK(must(store->load_snapshot(state.stream, text)) == state);
      const auto token = must(store->acquire_lease(text, std::chrono::hours{1}));
      must(store->renew_lease(text, token.value(), std::chrono::hours{1}));
      must(store->release_lease(text, token.value()));
    }
  }
  check_healthy(*store);
}

// The database would keep them in some KiB, and fail whenever the log is read.
BOOST_AUTO_TEST_CASE(numbers_that_could_not_be_read_again_are_refused) {
  std::string numbers = "[0";
  for (int i = 0; i < 30'000; ++i)
    numbers += ",1e9999";
  numbers += ']';
  const auto in_text = fmt::format(R"(["\"{}"])", numbers);
  const std::vector sets{write_of(ids, {stream_of("a-1").event("e")}),
                         write_of(ids, {stream_of("a-2").event("e", numbers)}),
                         write_of(ids, {stream_of("a-3").event("e", in_text)})};
  const auto outcomes = store->append(sets);
  BOOST_TEST(std::holds_alternative<committed>(outcomes[0]));
  BOOST_TEST(std::get<failure>(outcomes[1]).detail.contains("with all their digits"));
  BOOST_TEST(std::holds_alternative<committed>(outcomes[2]));
  BOOST_TEST(read_log_of(*store).events.size() == 2U);
  const auto page = read_all(*store, "a-1");
  postgres_backend empty;
  const auto other = must(empty.open({}));
  auto event = page.events[0];
  event.payload = numbers;
  must_fail(other->maintenance().restore({.source = "a file", .events = {&event, 1}}),
            errc::invalid_argument, "with all their digits");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back) {
  std::string bytes;
  for (int i = 0; i < 1024; ++i)
    bytes += static_cast<char>(i % 256);
  must_commit(*store, write_of(ids, {stream_of("a-1").bytes("e", bytes).bytes("f", "")}));
  const auto page = read_all(*store, "a-1");
  BOOST_TEST(page.events[0].payload == bytes);
  BOOST_TEST(page.events[1].payload == "");
  BOOST_CHECK(page.events[1].encoding == encoding::bytes);
}

// Nothing of such a text reaches the database, and nobody else in the batch suffers.
BOOST_AUTO_TEST_CASE(nul_and_invalid_utf_8_are_refused_before_the_database_sees_them) {
  for (const std::string& text : {std::string{"a\0b", 3}, std::string{"\xFF"}, std::string{"\xC3"},
                                  std::string{"\xED\xA0\x80"}, std::string{"\xC0\x80"}}) {
    std::vector<write_set> wrong(4, write_of(ids, {stream_of("wrong-1").event("e")}));
    wrong[0].events[0].type = text;
    wrong[1].metadata.actor = text;
    wrong[2].metadata.pairs = {{"key", text}};
    wrong[3].events[0].payload = "\"" + text + "\"";
    const auto number = must(store->head()).position.value;
    std::vector batch = wrong;
    batch.push_back(write_of(ids, {stream_of(fmt::format("right-{}", number)).event("e")}));
    const auto told = store->append(batch);
    for (std::size_t i = 0; i < wrong.size(); ++i)
      BOOST_CHECK(must_be<failure>(told[i]).code == errc::invalid_argument);
    must_be<committed>(told.back());
    must_fail(store->save_checkpoint(text, {}), errc::invalid_argument);
    must_fail(store->acquire_lease(text, std::chrono::seconds{1}), errc::invalid_argument);
  }
  BOOST_TEST(read_all(*store, "wrong-1").events.empty());
}

BOOST_AUTO_TEST_CASE(json_that_jsonb_could_bend_comes_back_with_its_meaning) {
  const std::pair<const char*, const char*> cases[] = {
    {"9007199254740993", "9007199254740993"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"18446744073709551615", "18446744073709551615"},
    {"0.1", "0.1"},
    {"1.50", "1.50"},
    {R"("\u00e9\n\t\"\\")", "\"é\\n\\t\\\"\\\\\""},
    {R"({"b":1,"a":2})", R"({"a": 2, "b": 1})"},
    {"[]", "[]"},
    {"null", "null"},
    {"  true ", "true"},
  };
  for (const auto& [written, read] : cases) {
    const auto stream = fmt::format("a-{}", must(store->head()).position.value);
    must_commit(*store, write_of(ids, {stream_of(stream).event("e", written)}));
    BOOST_TEST(read_all(*store, stream).events.at(0).payload == read, written);
  }
}

BOOST_AUTO_TEST_CASE(json_as_deep_as_it_may_be_is_taken) {
  std::string deep;
  for (int depth = 1; validate_json(std::string(static_cast<std::size_t>(depth), '[')
                                    + std::string(static_cast<std::size_t>(depth), ']'))
                        .has_value()
                      && depth <= 1024;
       ++depth)
    deep = std::string(static_cast<std::size_t>(depth), '[')
           + std::string(static_cast<std::size_t>(depth), ']');
  BOOST_TEST(deep.size() > 64U);
  must_commit(*store, write_of(ids, {stream_of("deep-1").event("e", deep)}));
  BOOST_TEST(read_all(*store, "deep-1").events.at(0).payload == deep);
}

// -- large and many -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(payloads_of_a_mebibyte_are_taken_and_larger_ones_refused) {
  std::mt19937 random{7};
  std::string noise;
  for (int i = 0; i < 1024 * 1024; ++i)
    noise += static_cast<char>(random());
  const auto json = "\"" + std::string(1024 * 1024 - 2, 'x') + "\"";
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e", json).bytes("f", noise)}));
  const auto page = read_all(*store, "a-1");
  BOOST_CHECK(page.events.at(0).payload == json);
  BOOST_CHECK(page.events.at(1).payload == noise);
  must_fail(*store, write_of(ids, {stream_of("a-2").bytes("e", noise + "x")}),
            errc::invalid_argument, "1048577 bytes");
}

// More than the sockets between hold: neither side may wait for the other to read.
BOOST_AUTO_TEST_CASE(a_batch_of_many_mebibytes_is_one_commit) {
  const std::string large = "\"" + std::string(1024 * 1024 - 2, 'x') + "\"";
  std::vector<write_set> batch;
  for (int i = 0; i < 24; ++i)
    batch.push_back(write_of(ids, {stream_of("a-" + std::to_string(i)).event("e", large)}));
  for (const auto& outcome : store->append(batch))
    must_be<committed>(outcome);
  const auto page = must(store->read(read_log{}));
  BOOST_TEST(page.events.size() == 16U); // 16 MiB a page
  BOOST_TEST(page.events.back().payload == large);
  BOOST_TEST(ask("SELECT count(DISTINCT xmin::text) FROM events") == "1");
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_batch_of_many_streams_is_one_commit) {
  std::vector<write_set> batch;
  for (int i = 0; i < 10'500; ++i)
    batch.push_back(write_of(ids, {stream_of("a-" + std::to_string(i)).event("e")}));
  for (const auto& outcome : store->append(batch))
    must_be<committed>(outcome);
  std::vector<write_set> next;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto name = "a-" + std::to_string(i);
    next.push_back(write_of(ids, {stream_of(name).at(head_after(batch[i], name)).event("f")}));
  }
  for (const auto& outcome : store->append(next))
    must_be<committed>(outcome);
  BOOST_TEST(ask("SELECT count(DISTINCT xmin::text) FROM events") == "2");
  check_healthy(*store);
}

BOOST_AUTO_TEST_CASE(a_page_outlives_its_store) {
  must_commit(*store, write_of(ids, {stream_of("a-1").event("placed", R"({"total": 5})")}));
  const auto page = read_all(*store, "a-1");
  const auto log = read_log_of(*store);
  store.reset();
  for (const auto& event : {page.events.at(0), log.events.at(0)}) {
    BOOST_TEST(event.payload == R"({"total": 5})");
    BOOST_TEST(event.type == "placed");
    BOOST_TEST(event.stream == "a-1");
  }
}

// -- filters ------------------------------------------------------------------

// The database's patterns are not ours: each filter must find exactly what `fits` says.
BOOST_AUTO_TEST_CASE(filters_mean_the_same_as_everywhere) {
  constexpr auto seed = 20'240'607U;
  std::mt19937 random{seed};
  const auto pick = [&](const auto& from) { return from[random() % std::size(from)]; };
  const std::string_view letters[] = {"a",  "b",  "A", "ä", "ß",  ".", "^", "$", "+", "(",
                                      ")",  "|",  "{", "}", "-",  "_", "%", "!", "'", "1",
                                      "\\", "🎉", "a", "b", "\"", " ", "/", "]"};
  std::vector<stream_of> streams;
  for (int i = 0; i < 300; ++i) {
    std::string name = "a";
    for (auto length = random() % 4; length > 0; --length)
      name += pick(letters);
    name += fmt::format("-{}", i % 7);
    if (const auto id = stream_id::of(name))
      if (std::ranges::find(streams, *id, &stream_of::id) == streams.end())
        streams.push_back(stream_of{*id}.event(i % 3 == 0 ? "e" : "f"));
  }
  for (std::size_t i = 0; i < streams.size(); i += 200)
    must_commit(
      *store, write_of(ids, {streams.begin() + static_cast<std::ptrdiff_t>(i),
                             streams.begin()
                               + static_cast<std::ptrdiff_t>(std::min(i + 200, streams.size()))}));
  const auto all = read_log_of(*store);
  const std::string_view pieces[] = {"*",   "?",    "[a-z]",   "[!a-z]", "[^a]", "[]a]", "[!]a]",
                                     "[.]", "[\\]", "[a\\-z]", "[-a]",   "[a-]", "[ä-ß]"};
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    event_filter filter;
    for (auto length = random() % 5; length > 0; --length)
      filter.glob += random() % 2 == 0 ? pick(letters) : pick(pieces);
    if (random() % 4 == 0)
      filter.prefix = std::string{"a"} + std::string{pick(letters)};
    if (random() % 4 == 0)
      filter.types = {std::string{"a.e"}};
    if (!validate(read_log{.filter = filter}))
      continue;
    std::vector<log_position> wanted;
    for (const auto& event : all.events)
      if (fits(filter, event.stream, event.type))
        wanted.push_back(event.position);
    std::vector<log_position> found;
    for (const auto& event : read_log_of(*store, filter).events)
      found.push_back(event.position);
    BOOST_TEST_CONTEXT("glob '" << filter.glob << "', prefix '" << filter.prefix << "', seed "
                                << seed) {
      BOOST_CHECK(found == wanted);
    }
    ++compared;
  }
  BOOST_TEST(compared > 100);
}

BOOST_AUTO_TEST_SUITE_END()
