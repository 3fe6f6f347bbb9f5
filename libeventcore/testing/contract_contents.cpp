#include "contract_bench.hpp"

#include <functional>

namespace eventcore::testing {

namespace {

using namespace std::string_literals;

// Texts that have broken stores: quotes, patterns of SQL, an escape, other planes of Unicode,
// composed and decomposed.
const std::vector<std::string> odd_texts{"it's",
                                         "\"quoted\"",
                                         "50%_off\\",
                                         "--; DROP TABLE events",
                                         ":p $1 @v",
                                         "\xC3\xA9",
                                         "e\xCC\x81",
                                         "\xF0\x9F\x90\x99",
                                         "\xE2\x80\xAE"
                                         "x",
                                         "a b"};

void metadata_is_kept_on_every_event(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  auto set = on.write({stream_of("a-1").event("left"), stream_of("b-1").event("right")});
  set.metadata.actor = "alice";
  set.metadata.correlation = {on.ids.next_commit().bytes};
  set.metadata.causation = on.ids.next_event({});
  for (const auto& text : odd_texts)
    set.metadata.pairs[text] = text;
  must_commit(*store, set);
  must_commit(*store, on.write({stream_of("c-1").event("plain")}));
  const auto log = read_log_of(*store);
  for (const std::size_t i : {0U, 1U})
    check_equal(must(parse_metadata(log.events.at(i).metadata_json)), set.metadata, "metadata");
  check_equal(must(parse_metadata(log.events.at(2).metadata_json)), metadata{},
              "metadata that was not given");
}

void stream_ids_of_255_unicode_characters_are_kept(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  for (const auto* character : {"x", "\xC3\xA9", "\xE6\xBC\xA2", "\xF0\x9F\x90\x99"}) {
    std::string id;
    for (int i = 0; i < 255; ++i)
      id += character;
    must_commit(*store, on.write({stream_of(id).event("e")}));
    const auto page = read_all(*store, id);
    check_equal(page.events.size(), 1U, "events");
    check_equal(page.events.front().stream, id, "the stream's id");
  }
}

void streams_are_told_apart_by_every_byte(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  auto names = odd_texts;
  for (const auto* more : {"order-1", "Order-1", "ORDER-1", "order_1", "order-10", "order-",
                           "order", "0", "00", "1e0"})
    names.emplace_back(more);
  for (const auto& name : names)
    must_commit(*store, on.write({stream_of(name).event(
                          "e", fmt::format("{{\"n\":{}}}", head_of(*store, name).version.value))}));
  for (const auto& name : names)
    check_equal(read_all(*store, name).events.size(), 1U, name);
  check_equal(read_log_of(*store).events.size(), names.size(), "events");
}

void texts_with_odd_characters_are_kept(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  for (std::size_t i = 0; i < odd_texts.size(); ++i) {
    const auto id = "odd-" + std::to_string(i);
    must_commit(*store, on.write({stream_of(id).event(odd_texts[i], R"({"t":"' \" \\ %_ )"
                                                                    "\xF0\x9F\x90\x99\"}")}));
    const auto page = read_all(*store, id);
    check_equal(page.events.at(0).type, odd_texts[i], "the type");
    check(page.events.at(0).payload.find("\xF0\x9F\x90\x99") != std::string::npos,
          "the payload is kept");
  }
}

void bytes_are_kept_exactly(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  std::string every_byte;
  for (int i = 0; i < 256; ++i)
    every_byte += static_cast<char>(i);
  const std::vector<std::string> payloads{"",         "\0"s, "a\0b"s, "\0\0\0"s, every_byte,
                                          "\xFF\xFE", "'",   "\\x00", "{}"};
  auto stream = stream_of("blob-1");
  for (const auto& payload : payloads)
    stream.bytes("stored", payload);
  must_commit(*store, on.write({stream}));
  const auto page = read_all(*store, "blob-1");
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    check_equal(page.events.at(i).payload, payloads[i], "a payload of bytes");
    check(page.events.at(i).encoding == encoding::bytes, "the encoding is kept");
  }
}

void type_versions_and_encodings_are_kept(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  auto set = on.write(
    {stream_of("a-1").event("e").bytes("e", "x").event("e", "[1, 2.5e3, null, true, \"\"]")});
  set.events[1].type_version = 7;
  set.events[2].type_version = 4'000'000'000;
  must_commit(*store, set);
  const auto events = read_all(*store, "a-1").events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    check_equal(events[i].type_version, set.events[i].type_version, "the type's version");
    check(events[i].encoding == set.events[i].encoding, "the encoding is kept");
    check_equal(events[i].id, set.events[i].id, "the event's id");
  }
}

void a_type_of_255_bytes_is_kept(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const std::string longest(255, 't');
  must_commit(*store, on.write({stream_of("a-1").event(longest)}));
  check_equal(read_all(*store, "a-1").events.at(0).type, longest, "the type");
}

void payloads_are_bounded(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const std::string largest(store->bounds().payload_bytes, '\0');
  check_equal(largest.size(), 1024U * 1024U, "the bound unless set otherwise");
  must_commit(*store, on.write({stream_of("a-1").bytes("full", largest)}));
  check_equal(read_all(*store, "a-1").events.at(0).payload.size(), largest.size(),
              "bytes that came back");
  must_fail(*store, on.write({stream_of("b-1").bytes("too_large", largest + 'x')}),
            errc::invalid_argument, "1048577");
  check_equal(must(store->head()).position, log_position{1}, "the log's position");
}

void the_bounds_that_were_set_hold(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open(
    {.bounds = {.payload_bytes = 4, .events_per_write_set = 3, .streams_per_write_set = 2}});
  must_commit(*store, on.write({stream_of("a-1").bytes("e", "1234").event("e").event("e"),
                                stream_of("b-1")}));
  must_fail(*store, on.write({stream_of("c-1").bytes("e", "12345")}), errc::invalid_argument,
            "5 bytes");
  must_fail(*store, on.write({stream_of("c-1").event("e").event("e").event("e").event("e")}),
            errc::invalid_argument, "4");
  must_fail(*store, on.write({stream_of("c-1").event("e"), stream_of("d-1"), stream_of("e-1")}),
            errc::invalid_argument, "3");
  check_equal(store->bounds().streams_per_write_set, 2U, "the bound that is told");
  check_equal(must(store->head()).position, log_position{3}, "the log's position");
}

void a_write_set_of_10000_events_and_256_streams_is_committed(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  std::vector<stream_of> streams;
  for (int i = 0; i < 256; ++i)
    streams.emplace_back("s-" + std::to_string(i));
  for (int i = 0; i < 10'000; ++i)
    streams[static_cast<std::size_t>(i % 256)].event("e");
  const auto done = must_commit(*store, on.write(streams));
  check_equal(done.count, 10'000U, "events");
  check_equal(done.streams.size(), 256U, "streams");
  check_equal(head_of(*store, "s-0").version, stream_version{40}, "the first stream");
  check_equal(head_of(*store, "s-255").version, stream_version{39}, "the last stream");
  check_healthy(*store);
}

// Every write set here is malformed in its own way. It must be refused before it is admitted, with
// a text, whatever else is in the batch.
void malformed_write_sets_are_refused_with_a_text(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto good = [&] {
    return on.write({stream_of("a-1").event("x", R"({"a":1})"), stream_of("b-1").event("y")});
  };
  const std::vector<std::pair<std::string, std::function<void(write_set&)>>> flaws{
    {"out of order", [](auto& set) { std::swap(set.reads[0], set.reads[1]); }},
    {"doubled", [](auto& set) { set.reads[1] = set.reads[0]; }},
    {"no name", [](auto& set) { set.reads[0].stream = {}; }},
    {"stream number 2", [](auto& set) { set.events[0].stream = 2; }},
    {"without a commit id", [](auto& set) { set.reads[0].head.version = {1}; }},
    {"with a commit id", [&](auto& set) { set.reads[0].head.commit = on.ids.next_commit(); }},
    {"no commit id", [](auto& set) { set.commit = {}; }},
    {"no id", [](auto& set) { set.events[0].id = {}; }},
    {"type", [](auto& set) { set.events[0].type = ""; }},
    {"type", [](auto& set) { set.events[0].type = "a\0b"s; }},
    {"type", [](auto& set) { set.events[0].type = "\xFF"; }},
    {"type", [](auto& set) { set.events[0].type = std::string(256, 't'); }},
    {"JSON", [](auto& set) { set.events[0].payload = ""; }},
    {"JSON", [](auto& set) { set.events[0].payload = R"({"a":)"; }},
    {"JSON", [](auto& set) { set.events[0].payload = "{} {}"; }},
    {"JSON", [](auto& set) { set.events[0].payload = "\"\xFF\""; }},
    {"JSON", [](auto& set) { set.events[0].payload = "\"a\0b\""s; }},
    {"JSON", [](auto& set) { set.events[0].payload = R"("a\u0000b")"; }},
    {"actor", [](auto& set) { set.metadata.actor = "\xFF"; }},
    {"metadata", [](auto& set) { set.metadata.pairs["a\0b"s] = "x"; }},
    {"metadata", [](auto& set) { set.metadata.pairs["a"] = "x\0y"s; }},
    {"answer", [](auto& set) { set.effect = effect::answer; }},
  };
  for (std::size_t i = 0; i < flaws.size(); ++i) {
    auto flawed = good();
    flaws[i].second(flawed);
    const auto left = on.write({stream_of("left-" + std::to_string(i)).event("e")});
    const auto right = on.write({stream_of("right-" + std::to_string(i)).event("e")});
    const auto outcomes = store->append(std::vector{left, flawed, right});
    must_be<committed>(outcomes.at(0));
    check_failure(must_be<failure>(outcomes.at(1)), errc::invalid_argument, flaws[i].first,
                  source_location::current());
    must_be<committed>(outcomes.at(2));
  }
  check_equal(must(store->head()).position, log_position{2 * flaws.size()}, "the log's position");
  must_commit(*store, good());
  check_healthy(*store);
}

} // namespace

auto content_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(metadata_is_kept_on_every_event, nothing),
    EVENTCORE_CASE(stream_ids_of_255_unicode_characters_are_kept, nothing),
    EVENTCORE_CASE(streams_are_told_apart_by_every_byte, nothing),
    EVENTCORE_CASE(texts_with_odd_characters_are_kept, nothing),
    EVENTCORE_CASE(bytes_are_kept_exactly, nothing),
    EVENTCORE_CASE(type_versions_and_encodings_are_kept, nothing),
    EVENTCORE_CASE(a_type_of_255_bytes_is_kept, nothing),
    EVENTCORE_CASE(payloads_are_bounded, nothing),
    EVENTCORE_CASE(the_bounds_that_were_set_hold, nothing),
    EVENTCORE_CASE(a_write_set_of_10000_events_and_256_streams_is_committed, nothing),
    EVENTCORE_CASE(malformed_write_sets_are_refused_with_a_text, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
