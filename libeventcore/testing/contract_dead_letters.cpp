#include "contract_bench.hpp"

#include <memory>

namespace eventcore::testing {

namespace {

using namespace std::chrono_literals;

auto letter(std::string_view projection, std::uint64_t position, failure why,
            std::uint32_t attempts = 1) -> dead_letter {
  return {.projection = projection,
          .event = {.position = {position}, .stream = "order-1", .type = "placed"},
          .why = std::move(why),
          .attempts = attempts};
}

auto parked(std::string_view projection, std::uint64_t position, const failure& why,
            timestamp parked_at, std::uint32_t attempts = 1) -> parked_event {
  return {.projection = std::string{projection},
          .position = {position},
          .stream = "order-1",
          .type = "placed",
          .code = why.code,
          .detail = why.detail,
          .attempts = attempts,
          .parked_at = parked_at};
}

struct letter_box {
  explicit letter_box(contract_backend& backend) : on{backend}, store{on.open({.clock = clock})} {}

  auto list(const dead_letter_query& query = {}) const -> std::vector<parked_event> {
    return must(store->list_dead_letters(query));
  }

  /// "mail:1 mail:5"
  auto names(const dead_letter_query& query = {}) const -> std::string {
    std::string names;
    for (const auto& each : list(query))
      names +=
        fmt::format("{}{}:{}", names.empty() ? "" : " ", each.projection, each.position.value);
    return names;
  }

  void park_some() const {
    for (const auto position : {9U, 5U, 10U})
      must(store->park(letter("mail", position, why)));
    must(store->park(letter("Stock", 7, why)));
    must(store->park(letter("ma", 6, why)));
  }

  contract_bench on;
  manual_clock clock;
  std::shared_ptr<event_store> store;
  const failure why{errc::codec_failed, "it has no field 'total'"};
};

void a_parked_event_is_listed_as_it_was_parked(contract_backend& backend) {
  const letter_box box{backend};
  check(box.list().empty(), "none at first");
  // Kept by a pointer: g++ 12 takes its optional member for uninitialised otherwise.
  const auto thrown =
    std::make_unique<failure>(errc::handler_failed, "apply() threw: caf\xC3\xA9 \"closed\"\n'");
  must(box.store->park(letter("mail", 4'000'000'000'000, *thrown, 4'000'000'000)));
  const auto found = box.list();
  check_equal(found.size(), 1U, "how many there are");
  check(found[0] == parked("mail", 4'000'000'000'000, *thrown, box.clock(), 4'000'000'000),
        "it is as it was parked: " + found[0].detail);
}

// Fails when codes are kept by their numbers and one is missing, say.
void every_code_of_a_failure_is_kept(contract_backend& backend) {
  const letter_box box{backend};
  constexpr auto last = static_cast<std::uint8_t>(errc::shutting_down);
  for (std::uint8_t code = 1; code <= last; ++code)
    must(box.store->park(letter("mail", code, {static_cast<errc>(code), "x"})));
  for (const auto& each : box.list())
    check_equal(to_string(each.code), to_string(static_cast<errc>(each.position.value)),
                "the code");
}

// Fails when a database does not take such a text: the event would neither be applied nor parked.
void an_event_is_parked_whatever_bytes_its_failure_has(contract_backend& backend) {
  const letter_box box{backend};
  must(box.store->park(
    letter("mail", 1, {errc::handler_failed, std::string{"half \xC3( and \0 nothing", 20}})));
  const auto found = box.list();
  check_equal(found.size(), 1U, "how many there are");
  check(found[0].detail.starts_with("half "), "its failure begins as it did: " + found[0].detail);
}

void an_event_that_is_parked_again_takes_the_place_of_the_first(contract_backend& backend) {
  const letter_box box{backend};
  must(box.store->park(letter("mail", 5, box.why)));
  must(box.store->park(letter("other", 5, box.why)));
  check(must(box.store->retry_dead_letter("mail", {5})), "it is marked");
  box.clock.advance(1s);
  const failure later{errc::handler_failed, "again"};
  must(box.store->park(letter("mail", 5, later, 7)));
  const auto found = box.list({.projection = "mail"});
  check_equal(found.size(), 1U, "how many there are");
  check(found[0] == parked("mail", 5, later, box.clock(), 7), "the later one is there, unmarked");
  check(box.list({.projection = "other"}).at(0) == parked("other", 5, box.why, box.clock() - 1s),
        "that of another projection stays");
}

void dead_letters_are_listed_by_projection_and_position(contract_backend& backend) {
  const letter_box box{backend};
  box.park_some();
  check_equal(box.names(), "Stock:7 ma:6 mail:5 mail:9 mail:10", "all");
  check_equal(box.names({.projection = "mail"}), "mail:5 mail:9 mail:10", "of one");
  check_equal(box.names({.projection = "nobody"}), "", "of nobody");
  check_equal(box.names({.projection = "mail", .after = {5}}), "mail:9 mail:10",
              "after a position");
  check_equal(box.names({.projection = "mail", .after = {10}}), "", "after the last");
  check_equal(box.names({.projection = "mail", .after = {7}, .limit = 1}), "mail:9", "a page");
  check_equal(box.names({.limit = 3}), "Stock:7 ma:6 mail:5", "the first");
  check_equal(box.names({.limit = 0}), "", "none");
}

void a_dead_letter_is_marked_to_be_tried_again(contract_backend& backend) {
  const letter_box box{backend};
  box.park_some();
  check(must(box.store->retry_dead_letter("mail", {9})), "it is marked");
  check(must(box.store->retry_dead_letter("mail", {9})), "once more");
  check(must(box.store->retry_dead_letter("Stock", {7})), "another one");
  check(!must(box.store->retry_dead_letter("mail", {6})), "there is none at that position");
  check(!must(box.store->retry_dead_letter("nobody", {9})), "nor of that projection");
  check_equal(box.names({.to_retry = true}), "Stock:7 mail:9", "those that are marked");
  check_equal(box.names({.projection = "mail", .to_retry = true}), "mail:9", "of one");
  check_equal(box.names({.projection = "mail", .after = {9}, .to_retry = true}), "", "after it");
  for (const auto& each : box.list())
    check_equal(each.retry, each.position.value == 9 || each.position.value == 7, "the mark");
}

void a_dropped_dead_letter_is_forgotten(contract_backend& backend) {
  const letter_box box{backend};
  box.park_some();
  check(must(box.store->drop_dead_letter("mail", {9})), "it is dropped");
  check(!must(box.store->drop_dead_letter("mail", {9})), "it is dropped once");
  check(!must(box.store->drop_dead_letter("ma", {9})), "of another projection there is none");
  check(!must(box.store->retry_dead_letter("mail", {9})), "it cannot be marked");
  check_equal(box.names(), "Stock:7 ma:6 mail:5 mail:10", "the others stay");
}

void a_dead_letter_needs_a_projection(contract_backend& backend) {
  const letter_box box{backend};
  for (const std::string_view name :
       {std::string_view{}, std::string_view{"a\0b", 3}, std::string_view{"\xFF"}})
    must_fail(box.store->park(letter(name, 1, box.why)), errc::invalid_argument, "projection");
  check(box.list().empty(), "nothing was parked");
}

void dead_letters_are_kept_over_a_restart(contract_backend& backend) {
  letter_box box{backend};
  box.park_some();
  check(must(box.store->retry_dead_letter("mail", {9})), "it is marked");
  box.store.reset();
  box.store = box.on.open();
  check_equal(box.names(), "Stock:7 ma:6 mail:5 mail:9 mail:10", "all");
  check_equal(box.names({.to_retry = true}), "mail:9", "and the mark");
}

} // namespace

auto dead_letter_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_parked_event_is_listed_as_it_was_parked, nothing),
    EVENTCORE_CASE(every_code_of_a_failure_is_kept, nothing),
    EVENTCORE_CASE(an_event_is_parked_whatever_bytes_its_failure_has, nothing),
    EVENTCORE_CASE(an_event_that_is_parked_again_takes_the_place_of_the_first, nothing),
    EVENTCORE_CASE(dead_letters_are_listed_by_projection_and_position, nothing),
    EVENTCORE_CASE(a_dead_letter_is_marked_to_be_tried_again, nothing),
    EVENTCORE_CASE(a_dropped_dead_letter_is_forgotten, nothing),
    EVENTCORE_CASE(a_dead_letter_needs_a_projection, nothing),
    EVENTCORE_CASE(dead_letters_are_kept_over_a_restart, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
