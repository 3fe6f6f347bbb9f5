#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

// A log with one event `e` in each stream, in the order given.
struct stored_streams {
  stored_streams(contract_backend& backend, const std::vector<std::string>& names)
      : on{backend}, store{on.open()} {
    std::vector<write_set> batch;
    for (const auto& name : names)
      batch.push_back(on.write({stream_of(name).event("e")}));
    for (const auto& outcome : store->append(batch))
      must_be<committed>(outcome);
  }

  auto find(const event_filter& filter) const -> std::string {
    return streams_in(read_log_of(*store, filter).events);
  }

  contract_bench on;
  std::shared_ptr<event_store> store;
};

void a_kind_fits_its_own_streams_only(contract_backend& backend) {
  const stored_streams log{backend,
                           {"order-1", "order_line-1", "orders-1", "Order-1", "order", "x-order-1",
                            "order-2-b", "orderx1"}};
  check_equal(log.find({.kinds = {"order"}}), "order-1 order-2-b", "order");
  check_equal(log.find({.kinds = {"order_line"}}), "order_line-1", "order_line");
  check_equal(log.find({.kinds = {"orders", "x", "nobody"}}), "orders-1 x-order-1",
              "one of several");
  check_equal(log.find({.kinds = {"orderxline"}}), "", "_ is itself");
}

void a_prefix_is_no_pattern(contract_backend& backend) {
  const stored_streams log{
    backend,
    {"a_b-1", "axb-1", "a%b-1", "ab-1", "A_b-1", "a\\b-1", "a_b", "x-a_b", "a_b-1-c", "a'b"}};
  check_equal(log.find({.prefix = "a_b"}), "a_b-1 a_b a_b-1-c", "_ is itself");
  check_equal(log.find({.prefix = "a%"}), "a%b-1", "% is itself");
  check_equal(log.find({.prefix = "a\\"}), "a\\b-1", "\\ is itself");
  check_equal(log.find({.prefix = "a'"}), "a'b", "' is itself");
  check_equal(log.find({.prefix = "a*"}), "", "* is itself");
  check_equal(log.find({.prefix = "A"}), "A_b-1", "upper and lower case differ");
}

void a_prefix_stands_at_the_beginning(contract_backend& backend) {
  const stored_streams log{backend,
                           {"account-1", "my-account-1", "accoun", "account-", "xaccount-1"}};
  check_equal(log.find({.prefix = "account-"}), "account-1 account-",
              "a prefix is not \"contains\"");
  check_equal(log.find({.prefix = "account-1"}), "account-1", "a whole id");
  check_equal(log.find({.prefix = "account-12"}), "", "more than an id");
}

void a_prefix_may_end_with_any_character(contract_backend& backend) {
  const std::string last =
    "\xF4\x8F\xBF\xBF"; // the highest code point: no text comes after all that begin with it
  const stored_streams log{
    backend, {"a", "a" + last, "a" + last + last, "b", "\xC3\xA9-1", "e\xCC\x81-1", "\xC3\xA8-1"}};
  check_equal(log.find({.prefix = "a" + last}), "a" + last + " a" + last + last,
              "the highest character");
  check_equal(log.find({.prefix = "\xC3\xA9"}), "\xC3\xA9-1", "a composed character");
}

// Fails when a page is cut before it is filtered.
void a_filter_is_applied_before_the_page_is_cut(contract_backend& backend) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i)
    names.push_back("foreign-" + std::to_string(i));
  for (const auto* wanted : {"order-1", "order-2", "order-3"})
    names.emplace_back(wanted);
  const stored_streams log{backend, names};
  for (const event_filter& filter :
       {event_filter{.glob = "order-*"}, event_filter{.prefix = "order-"},
        event_filter{.kinds = {"order"}}, event_filter{.types = {"order.e"}}}) {
    const auto page = must(log.store->read(read_log{.filter = filter, .page = {.events = 2}}));
    check_equal(streams_in(page.events), "order-1 order-2", "the first page");
    check(!page.complete, "the page is not complete");
    const auto rest = must(
      log.store->read(read_log{.after = page.through, .filter = filter, .page = {.events = 2}}));
    check_equal(streams_in(rest.events), "order-3", "the second page");
    check(rest.complete, "the second page is complete");
    const auto back = must(log.store->read(
      read_log{.filter = filter, .page = {.events = 2}, .direction = direction::backwards}));
    check_equal(streams_in(back.events), "order-3 order-2", "backwards");
  }
}

void a_question_mark_is_one_character(contract_backend& backend) {
  const stored_streams log{
    backend, {"o-1", "o-12", "o-", "o-\xC3\xA9", "o-\xF0\x9F\x90\x99", "o-\xC3\xA9\xC3\xA9"}};
  check_equal(log.find({.glob = "o-?"}), "o-1 o-\xC3\xA9 o-\xF0\x9F\x90\x99",
              "one character, not one byte");
  check_equal(log.find({.glob = "o-??"}), "o-12 o-\xC3\xA9\xC3\xA9", "two characters");
}

void a_star_is_any_characters(contract_backend& backend) {
  const stored_streams log{backend, {"a-1", "a-1-b", "ab", "b-a-1", "a-", "A-1"}};
  check_equal(log.find({.glob = "a-*"}), "a-1 a-1-b a-", "at the end, and none at all");
  check_equal(log.find({.glob = "*-1"}), "a-1 b-a-1 A-1", "at the beginning");
  check_equal(log.find({.glob = "*a*1*"}), "a-1 a-1-b b-a-1", "all over");
  check_equal(log.find({.glob = "*"}), "a-1 a-1-b ab b-a-1 a- A-1", "alone");
  check_equal(log.find({.glob = "a-1"}), "a-1", "a pattern without one fits itself");
  check_equal(log.find({.glob = "-1"}), "", "a pattern fits whole ids only");
}

void a_class_is_one_of_its_characters(contract_backend& backend) {
  const stored_streams log{backend,
                           {"o-1", "o-2", "o-9", "o-a", "o--", "o-!", "o-^", "o-\xC3\xA9", "o-22"}};
  check_equal(log.find({.glob = "o-[12]"}), "o-1 o-2", "a list");
  check_equal(log.find({.glob = "o-[2-9]"}), "o-2 o-9", "a range");
  check_equal(log.find({.glob = "o-[0-9][0-9]"}), "o-22", "two of them");
  check_equal(log.find({.glob = "o-[!0-9]"}), "o-a o-- o-! o-^ o-\xC3\xA9", "what is not in it");
  check_equal(log.find({.glob = "o-[^1]"}), "o-1 o-^", "^ negates nothing");
  check_equal(log.find({.glob = "o-[a-]"}), "o-a o--", "a - at its end is itself");
  check_equal(log.find({.glob = "o-[\xC3\xA0-\xC3\xBF]"}), "o-\xC3\xA9", "a range beyond ASCII");
}

void malformed_filters_are_refused_with_a_text(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  const auto refused = [&](const event_filter& filter, std::string_view part) {
    must_fail(store->read(read_log{.filter = filter}), errc::invalid_argument, part);
  };
  refused({.kinds = {"Not A Kind"}}, "Not A Kind");
  refused({.prefix = std::string("a\0b", 3)}, "NUL");
  refused({.prefix = "\xFF"}, "UTF-8");
  refused({.glob = "a[b"}, "a[b");
  refused({.types = {"placed"}}, "kind.type");
}

void event_types_are_written_with_their_kind(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of("order-1").event("placed").event("paid").event("Placed"),
                                stream_of("offer-1").event("placed").event("a.b")}));
  const auto find = [&](std::vector<std::string> types) {
    std::string found;
    for (const auto& event : read_log_of(*store, {.types = std::move(types)}).events)
      found.append(event.stream).append(".").append(event.type).append(" ");
    return found;
  };
  check_equal(find({"order.placed"}), "order-1.placed ", "a type of one kind");
  check_equal(find({"order.placed", "offer.placed"}), "order-1.placed offer-1.placed ",
              "of two kinds");
  check_equal(find({"offer.a.b"}), "offer-1.a.b ", "a type with a dot");
  check_equal(find({"nobody.placed"}), "", "of a kind that is not there");
}

void all_parts_of_a_filter_must_fit(contract_backend& backend) {
  const stored_streams log{backend, {"order-1", "order-12", "order-2", "offer-1"}};
  check_equal(
    log.find({.kinds = {"order"}, .prefix = "order-1", .glob = "*2", .types = {"order.e"}}),
    "order-12", "all four");
  check_equal(log.find({.kinds = {"offer"}, .prefix = "order"}), "", "two that exclude each other");
}

// Whatever a backend does in its own language, what it finds is what `fits` says.
void filters_find_what_the_definition_says(contract_backend& backend) {
  const std::vector<std::string> parts{"a",        "ab", "a_",  "a%", "A",
                                       "\xC3\xA9", "1",  "a b", "\\", "'"};
  std::vector<std::string> names;
  for (const auto& left : parts)
    for (const auto& right : parts)
      names.push_back(left + '-' + right);
  const stored_streams log{backend, names};
  std::vector<event_filter> filters;
  for (const auto& part : parts) {
    filters.push_back({.prefix = part});
    filters.push_back({.prefix = part + "-a"});
    for (const auto* glob : {"*", "?", "[a-z]", "[!a-z]", "*?", "?*[1_%]", "[\\']"}) {
      filters.push_back({.glob = part + "-" + glob});
      filters.push_back({.glob = std::string{glob} + "-" + part});
      filters.push_back({.kinds = {"a", "ab"}, .prefix = part, .glob = std::string{"*"} + glob});
    }
  }
  for (const auto& filter : filters) {
    std::string wanted;
    for (const auto& name : names)
      if (fits(filter, name, "e"))
        wanted.append(wanted.empty() ? "" : " ").append(name);
    check_equal(log.find(filter), wanted,
                "prefix '" + filter.prefix + "', pattern '" + filter.glob + "'");
  }
}

} // namespace

auto filter_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_kind_fits_its_own_streams_only, nothing),
    EVENTCORE_CASE(a_prefix_is_no_pattern, nothing),
    EVENTCORE_CASE(a_prefix_stands_at_the_beginning, nothing),
    EVENTCORE_CASE(a_prefix_may_end_with_any_character, nothing),
    EVENTCORE_CASE(a_filter_is_applied_before_the_page_is_cut, nothing),
    EVENTCORE_CASE(a_question_mark_is_one_character, nothing),
    EVENTCORE_CASE(a_star_is_any_characters, nothing),
    EVENTCORE_CASE(a_class_is_one_of_its_characters, nothing),
    EVENTCORE_CASE(malformed_filters_are_refused_with_a_text, nothing),
    EVENTCORE_CASE(event_types_are_written_with_their_kind, nothing),
    EVENTCORE_CASE(all_parts_of_a_filter_must_fit, nothing),
    EVENTCORE_CASE(filters_find_what_the_definition_says, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
