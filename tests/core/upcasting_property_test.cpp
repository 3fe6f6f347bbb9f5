#include <eventcore/command.hpp>
#include <eventcore/detail/json_document.hpp>
#include <eventcore/detail/take_event.hpp>
#include <eventcore/json.hpp>
#include <eventcore/upcasting.hpp>

#include <bit>
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

// Whatever chain of upcasters there is, lifting is the same as calling them one after the other.
namespace {

namespace ec = eventcore;
namespace json = boost::json;

using ec::detail::kind_history;
using ec::detail::known_event;

void check(auto property) { BOOST_TEST(rc::check(property)); }

// Steps that do not commute, so that order and number show.
void append_a(json::object& payload) { payload["text"].get_string().push_back('a'); }
void append_b(json::object& payload) { payload["text"].get_string().push_back('b'); }
void twice(json::object& payload) {
  const json::string text = payload["text"].get_string();
  payload["text"].get_string().append(text);
}
void reverse(json::object& payload) {
  auto& text = payload["text"].get_string();
  std::reverse(text.begin(), text.end());
}
void count_letters(json::object& payload) {
  payload["letters"] = payload["text"].get_string().size();
}

constexpr std::array steps{&append_a, &append_b, &twice, &reverse, &count_letters};

auto lift_text(const kind_history& history, std::string_view type, std::uint32_t version,
               std::string_view payload) -> std::string {
  const auto lifted =
    ec::detail::lift(history, {.type = type, .type_version = version, .payload = payload});
  RC_ASSERT(lifted.has_value());
  std::string all;
  for (const auto& one : *lifted)
    all += std::string{one.type->name} + one.payload;
  return all;
}

auto text_of(const json::object& document) -> std::string {
  std::string text;
  RC_ASSERT(ec::detail::write_document(document, text).has_value());
  return text;
}

auto copy_out(json::object payload) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  for (const auto& part : payload.at("parts").as_array())
    parts.push_back({.type = "thing",
                     .version = static_cast<std::uint32_t>(part.at("version").as_int64()),
                     .payload = {{"text", part.at("text")}}});
  return parts;
}

/// A double as the codec writes one.
auto any_double() {
  return rc::gen::suchThat(
    rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                 [](std::uint64_t bits) { return std::bit_cast<double>(bits); }),
    [](double number) { return std::isfinite(number); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(upcasting_property)

BOOST_AUTO_TEST_CASE(a_chain_is_its_steps_one_after_the_other) {
  check([] {
    const auto chosen =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, steps.size()));
    const auto first = *rc::gen::inRange<std::size_t>(0, chosen.size() + 1);
    const auto last = static_cast<std::uint32_t>(chosen.size() + 1);
    const ec::event_type type{.name = "thing", .version = last};
    const std::array<std::string_view, 1> aliases{"item"};
    const std::array<known_event, 1> events{known_event{&type, aliases}};
    std::vector<ec::upcaster> upcasters;
    json::object document{{"text", "xy"}};
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto* stored_name = *rc::gen::arbitrary<bool>() ? "item" : "thing";
      // Under the former name only it must be stored under it, too: give both.
      upcasters.push_back(
        ec::upcaster::step("thing", static_cast<std::uint32_t>(i + 1), steps[chosen[i]]));
      if (std::string_view{stored_name} == "item")
        upcasters.push_back(
          ec::upcaster::step("item", static_cast<std::uint32_t>(i + 1), steps[chosen[i]]));
      if (i >= first)
        steps[chosen[i]](document);
    }
    const auto order = *rc::gen::arbitrary<bool>();
    if (order)
      std::ranges::reverse(upcasters);
    const kind_history history{.kind = "stuff", .events = events, .upcasters = upcasters};
    if (first == chosen.size())
      return; // nothing to lift
    const auto version = static_cast<std::uint32_t>(first + 1);
    const auto wanted = "thing" + text_of(document);
    RC_ASSERT(lift_text(history, "thing", version, R"({"text":"xy"})") == wanted);
    RC_ASSERT(lift_text(history, "item", version, R"({"text":"xy"})") == wanted);
  });
}

BOOST_AUTO_TEST_CASE(each_part_of_a_split_goes_on_by_itself) {
  check([] {
    constexpr std::uint32_t last = 4;
    static constexpr ec::event_type type{.name = "thing", .version = last};
    static constexpr std::array<known_event, 1> events{known_event{&type}};
    static constexpr std::array<ec::upcaster, 4> upcasters{
      ec::upcaster::step("thing", 1, &append_a), ec::upcaster::step("thing", 2, &twice),
      ec::upcaster::step("thing", 3, &append_b), ec::upcaster::split("bundle", 1, &copy_out)};
    const kind_history history{.kind = "stuff", .events = events, .upcasters = upcasters};
    const auto versions =
      *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(1, last + 1));
    json::array parts;
    std::string wanted;
    for (const auto version : versions) {
      parts.push_back({{"version", version}, {"text", "z"}});
      json::object alone{{"text", "z"}};
      for (auto at = version; at < last; ++at)
        upcasters[at - 1].stepping(alone);
      wanted += "thing" + text_of(alone);
    }
    RC_ASSERT(lift_text(history, "bundle", 1, text_of({{"parts", parts}})) == wanted);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_document_property)

BOOST_AUTO_TEST_CASE(integers_of_64_bits_stay_exact) {
  check([](std::int64_t small, std::uint64_t large) {
    const auto text = "{\"a\":" + ec::to_json(small) + ",\"b\":[" + ec::to_json(large) + "]}";
    RC_ASSERT(text_of(ec::unwrap(ec::detail::read_document(text))) == text);
  });
}

BOOST_AUTO_TEST_CASE(doubles_stay_exact_to_the_bit) {
  check([] {
    const auto number = *any_double();
    const auto written = ec::to_json(number);
    const auto text = text_of(ec::unwrap(ec::detail::read_document("{\"a\":" + written + "}")));
    RC_ASSERT(text == "{\"a\":" + written + "}");
    const auto back = ec::unwrap(ec::from_json<double>(text.substr(5, text.size() - 6)));
    RC_ASSERT(std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(number));
  });
}

BOOST_AUTO_TEST_CASE(floats_stay_exact) {
  check([](float number) {
    RC_PRE(std::isfinite(number));
    const auto written = ec::to_json(number);
    const auto text = text_of(ec::unwrap(ec::detail::read_document("{\"a\":" + written + "}")));
    RC_ASSERT(ec::unwrap(ec::from_json<float>(text.substr(5, text.size() - 6))) == number);
  });
}

BOOST_AUTO_TEST_CASE(the_ends_of_the_numbers_stay_exact) {
  for (const std::string number :
       {"9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "-0", "5e-324", "1.7976931348623157e+308",
        "0.1", "9007199254740993", "1e+23"}) {
    const auto text = "{\"n\":" + number + "}";
    BOOST_TEST(text_of(ec::unwrap(ec::detail::read_document(text))) == text);
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_members_and_all_texts_stay) {
  const std::string text =
    R"({"z":null,"a":[true,false,{}],"":"","b\"c":"\u0001\n\\ü€","m":{"y":[],"x":[[1]]}})";
  BOOST_TEST(text_of(ec::unwrap(ec::detail::read_document(text))) == text);
  BOOST_TEST(text_of(ec::unwrap(ec::detail::read_document(" { \"a\" : [ 1 , 2 ] } ")))
             == R"({"a":[1,2]})");
}

BOOST_AUTO_TEST_SUITE_END()
