#include "support/json_types.hpp"

#include <bit>
#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace rc {

template <>
struct Arbitrary<shop::euro_cents> {
  static auto arbitrary() {
    return gen::construct<shop::euro_cents>(gen::arbitrary<std::int64_t>());
  }
};

template <>
struct Arbitrary<shop::country> {
  static auto arbitrary() {
    return gen::map(gen::container<std::string>(3, gen::inRange('A', 'Z')),
                    [](std::string code) { return *shop::country::of(std::move(code)); });
  }
};

} // namespace rc

namespace {

/// Text of all kinds of code points but NUL and surrogates.
auto text() -> rc::Gen<std::string> {
  const auto piece = rc::gen::oneOf(
    rc::gen::map(rc::gen::inRange(1, 128),
                 [](int c) { return std::string(1, static_cast<char>(c)); }),
    rc::gen::element<std::string>("\"", "\\", "/", "\xC2\x80", "ž", "\xDF\xBF", "\xE0\xA0\x80", "€",
                                  "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "😀",
                                  "\xF4\x8F\xBF\xBF", "plain text of 24 bytes.."));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string all;
                        for (const auto& one : pieces)
                          all += one;
                        return all;
                      });
}

auto finite() -> rc::Gen<double> {
  return rc::gen::suchThat(
    rc::gen::map<std::uint64_t>([](std::uint64_t bits) { return std::bit_cast<double>(bits); }),
    [](double value) { return std::isfinite(value); });
}

auto line() -> shop::line { return {*text(), *rc::gen::arbitrary<std::uint16_t>()}; }

auto tree(int depth) -> shop::tree {
  shop::tree made{*rc::gen::arbitrary<std::int8_t>(), {}};
  for (int i = depth == 0 ? 0 : *rc::gen::inRange(0, 3); i > 0; --i)
    made.children.push_back(tree(depth - 1));
  return made;
}

/// Any value; only texts, times and numbers that cannot be written are left out.
auto any_catalogue() -> shop::catalogue {
  shop::catalogue any{};
  any.flag = *rc::gen::arbitrary<bool>();
  any.large = *rc::gen::arbitrary<std::uint64_t>();
  any.small = *rc::gen::arbitrary<std::int64_t>();
  any.ratio = *finite();
  any.half = static_cast<float>(*rc::gen::arbitrary<int>()) / 3;
  any.stock = *rc::gen::container<std::map<std::string, std::int32_t>>(
    text(), rc::gen::arbitrary<std::int32_t>());
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    any.shelves[*rc::gen::arbitrary<std::uint16_t>()] = line();
  any.prices = *rc::gen::arbitrary<std::map<shop::country, shop::euro_cents>>();
  for (const auto one : {shop::state::open, shop::state::paid, shop::state::sent})
    if (*rc::gen::arbitrary<bool>())
      any.switches[one] = *rc::gen::arbitrary<bool>();
  any.tags = *rc::gen::container<std::set<std::string>>(text());
  if (*rc::gen::arbitrary<bool>())
    any.answers[1] = *rc::gen::arbitrary<bool>();
  any.pair = {*rc::gen::arbitrary<std::int8_t>(), *text()};
  any.bits = *rc::gen::arbitrary<std::vector<bool>>();
  any.delay = std::chrono::milliseconds{*rc::gen::arbitrary<std::int64_t>()};
  any.day = std::chrono::sys_days{std::chrono::days{*rc::gen::inRange(-719'162, 2'932'897)}};
  for (auto& byte : any.event.bytes)
    byte = *rc::gen::arbitrary<std::uint8_t>();
  if (*rc::gen::arbitrary<bool>())
    any.stream = ec::stream_id::trusted("account-" + std::to_string(any.large));
  any.root = tree(4);
  return any;
}

/// Any order; `payment` and `note` in all their forms.
auto any_order() -> shop::order_placed {
  shop::order_placed any{};
  any.customer = *text();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    any.lines.push_back(line());
  any.total = *rc::gen::arbitrary<shop::euro_cents>();
  if (*rc::gen::arbitrary<bool>())
    any.note = *text();
  if (*rc::gen::arbitrary<bool>())
    any.payment = shop::cash{};
  else
    any.payment = shop::card{*text()};
  any.at +=
    std::chrono::microseconds{*rc::gen::inRange(-62'135'596'800'000'000, 253'402'300'800'000'000)};
  return any;
}

/// `json` with some bytes replaced, removed, doubled or inserted: mostly such as JSON is made of.
auto mutated(std::string json) -> std::string {
  const auto byte = rc::gen::oneOf(rc::gen::elementOf(std::string{"{}[]\",:\\u0019eE+-. \ntfn"}),
                                   rc::gen::arbitrary<char>());
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    if (json.empty())
      return json;
    const auto at = *rc::gen::inRange<std::size_t>(0, json.size());
    switch (*rc::gen::inRange(0, 4)) {
    case 0:
      json[at] = *byte;
      break;
    case 1:
      json.erase(at, *rc::gen::inRange<std::size_t>(1, 10));
      break;
    case 2:
      json.insert(at, json, *rc::gen::inRange<std::size_t>(0, json.size()),
                  *rc::gen::inRange<std::size_t>(1, 30));
      break;
    default:
      json.insert(at, 1, *byte);
    }
  }
  return json;
}

/// A JSON value of any shape, and in places something that is none.
auto grown(int depth) -> std::string {
  const auto scalar = *rc::gen::element<std::string>(
    "0", "-0", "1.5e-3", "12E5", "true", "false", "null", R"("")", R"("a\u0041\n")",
    R"("\ud83d\ude00")", R"("ž€😀")", R"("\ud800")", R"("\udc00\ud800")", "01", "1.", "-",
    "\"\x01\"", "\"\xC0\xAF\"", "nul", "18446744073709551616", " 7 ", R"("\x")");
  const auto kind = depth == 0 ? 2 : *rc::gen::inRange(0, 3);
  if (kind == 2)
    return scalar;
  std::string made = kind == 0 ? "[" : "{";
  const auto count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i)
    made +=
      (i > 0 ? "," : "") + (kind == 0 ? "" : "\"k" + std::to_string(i) + "\" :") + grown(depth - 1);
  return made + (kind == 0 ? "]" : "}");
}

/// Whether a text was refused for what JSON itself allows.
auto is_our_own_rule(std::string_view refusal) -> bool {
  return refusal.ends_with("NUL is not allowed") || refusal.ends_with("more than four digits");
}

auto is_taken_by_boost(const std::string& json) -> bool {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 128;
  boost::json::parse(json, error, {}, options);
  return !error;
}

void check(auto property) { BOOST_TEST(rc::check(property)); }

} // namespace

BOOST_AUTO_TEST_SUITE(json_property)

BOOST_AUTO_TEST_CASE(every_value_reads_back_as_it_was) {
  check([] {
    const auto value = any_catalogue();
    std::string json;
    RC_ASSERT(ec::try_append_json(value, json).has_value());
    RC_ASSERT(ec::validate_json(json).has_value());
    const auto read = ec::from_json<shop::catalogue>(json);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == value);
    RC_ASSERT(ec::canonical_json(*read) == ec::canonical_json(value));
  });
  check([] {
    const auto value = any_order();
    const auto read = ec::from_json<shop::order_placed>(ec::to_json(value));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == value);
  });
}

BOOST_AUTO_TEST_CASE(mutated_json_is_read_only_when_it_is_json) {
  check([] {
    const auto json = mutated(ec::to_json(any_catalogue()));
    const auto read = ec::from_json<shop::catalogue>(json);
    RC_CLASSIFY(read.has_value(), "still read");
    if (read)
      RC_ASSERT(ec::validate_json(json).has_value());
    else
      RC_ASSERT(read.error().detail.starts_with("catalogue"));
  });
  check([] {
    const auto json = mutated(ec::to_json(any_order()));
    if (ec::from_json<shop::order_placed>(json))
      RC_ASSERT(ec::validate_json(json).has_value());
  });
}

BOOST_AUTO_TEST_CASE(any_bytes_are_written_so_that_they_are_refused_or_read_back_the_same) {
  check([](const std::string& bytes) {
    const auto json = ec::to_json(bytes);
    const auto read = ec::from_json<std::string>(json);
    std::string checked;
    RC_ASSERT(read.has_value() == ec::try_append_json(bytes, checked).has_value());
    if (read) {
      RC_ASSERT(*read == bytes);
      RC_ASSERT(checked == json);
    }
  });
}

BOOST_AUTO_TEST_CASE(validation_agrees_with_boost_json_but_for_its_own_rules) {
  const auto agrees = [](const std::string& json) {
    const auto valid = ec::validate_json(json);
    RC_CLASSIFY(valid.has_value(), "valid");
    if (valid || !is_our_own_rule(valid.error().detail))
      RC_ASSERT(valid.has_value() == is_taken_by_boost(json));
  };
  check([&] { agrees(grown(4)); });
  check([&] { agrees(mutated(grown(3))); });
  check([&] { agrees(mutated(ec::to_json(any_order()))); });
}

BOOST_AUTO_TEST_SUITE_END()
