#include "support/json_types.hpp"

#include <cmath>
#include <limits>
#include <unordered_set>

#include <boost/test/unit_test.hpp>

namespace {

/// A pair of coordinates that the codec is taught to write as one text.
struct place {
  int x = 0;
  int y = 0;

  friend auto operator<=>(const place&, const place&) = default;
};

/// Holds a parcel with other initial values than a parcel's own.
struct shipment {
  shop::parcel_sent parcel{.to = "nobody", .fee = {1}, .tip = 1, .weight = 1};
};
BOOST_DESCRIBE_STRUCT(shipment, (), (parcel))

/// The JSON of `value`, once it has been shown to read back as the same value.
template <class T>
auto round_trip(const T& value) -> std::string {
  const auto json = ec::to_json(value);
  const auto read = ec::from_json<T>(json);
  BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().detail));
  BOOST_CHECK(*read == value);
  BOOST_CHECK(ec::validate_json(json));
  return json;
}

template <class T>
auto read(std::string_view json) -> T {
  auto value = ec::from_json<T>(json);
  BOOST_REQUIRE_MESSAGE(value, (value ? "" : value.error().detail));
  return *std::move(value);
}

const shop::order_placed order{
  .customer = "alice",
  .lines = {{"tea", 2}, {"cup", 1}},
  .total = {1250},
  .note = {},
  .state = shop::state::paid,
  .payment = shop::card{"4711"},
  .at = ec::timestamp{std::chrono::microseconds{1'706'745'599'123'456}},
};

} // namespace

template <>
struct eventcore::json_format<place> {
  static constexpr auto shape = json_shape::text;
  static void write(json_writer& out, const place& value) {
    out.string(std::to_string(value.x) + "/" + std::to_string(value.y));
  }
  static auto read(json_reader& in, place& value) -> bool {
    const auto* where = in.mark();
    std::string_view text;
    if (!in.read_text(text))
      return false;
    const std::string copy{text};
    return std::sscanf(copy.c_str(), "%d/%d", &value.x, &value.y) == 2
           || in.expected("a place such as \"3/4\"", where);
  }
};

BOOST_AUTO_TEST_SUITE(json_codec)

BOOST_AUTO_TEST_CASE(an_event_is_written_in_described_order_without_its_empty_optionals) {
  BOOST_TEST(
    round_trip(order)
    == R"({"customer":"alice","lines":[{"sku":"tea","quantity":2},{"sku":"cup","quantity":1}],"total":1250,)"
       R"("state":"paid","payment":{"card":{"number":"4711"}},"at":"2024-01-31T23:59:59.123456Z"})");
}

BOOST_AUTO_TEST_CASE(members_are_read_in_any_order_between_unknown_ones_and_white_space) {
  const auto line =
    read<shop::line>(" {\r\n\t\"colour\" : {\"a\":[1,-2.5e3,{}],\"b\":\"\\u0041\"} ,\n"
                     "\"quantity\" : 7 , \"size\":null, \"s\\u006bu\":\"tea\" } ");
  BOOST_CHECK((line == shop::line{"tea", 7}));
}

BOOST_AUTO_TEST_CASE(an_optional_member_may_be_absent_or_null) {
  auto json = ec::to_json(order);
  BOOST_CHECK(!read<shop::order_placed>(json).note);
  json.insert(1, R"("note":null,)");
  BOOST_CHECK(!read<shop::order_placed>(json).note);
  json.replace(json.find("null"), 4, R"("hurry")");
  BOOST_CHECK(read<shop::order_placed>(json).note == "hurry");
}

BOOST_AUTO_TEST_CASE(a_member_added_later_gets_its_default_and_is_no_part_of_the_canonical_form) {
  BOOST_CHECK((read<shop::parcel_sent>(R"({"to":"bob"})")
               == shop::parcel_sent{.to = "bob", .fee = {495}, .tip = 3, .weight = {}}));
  BOOST_CHECK((read<shipment>(R"({"parcel":{"to":"bob"}})").parcel
               == shop::parcel_sent{.to = "bob", .fee = {495}, .tip = 3, .weight = {}}));
  const shop::parcel_sent plain{.to = "bob", .fee = {495}, .tip = 3, .weight = {}};
  BOOST_TEST(round_trip(plain) == R"({"to":"bob","fee":495,"tip":3})");
  BOOST_TEST(ec::canonical_json(plain) == R"({"to":"bob"})");
  const shop::parcel_sent other{.to = "bob", .fee = {0}, .tip = {}, .weight = 1};
  BOOST_TEST(round_trip(other) == R"({"to":"bob","fee":0,"tip":null,"weight":1})");
  BOOST_TEST(ec::canonical_json(other) == ec::to_json(other));
}

BOOST_AUTO_TEST_CASE(the_canonical_form_sorts_unordered_containers) {
  std::unordered_map<int, int> map;
  std::unordered_set<std::string> set;
  for (int i = 20; i-- > 10;) {
    map.emplace(i, i);
    set.insert(std::to_string(i));
  }
  BOOST_TEST(
    ec::canonical_json(map)
    == R"({"10":10,"11":11,"12":12,"13":13,"14":14,"15":15,"16":16,"17":17,"18":18,"19":19})");
  BOOST_TEST(ec::canonical_json(set) == R"(["10","11","12","13","14","15","16","17","18","19"])");
}

BOOST_AUTO_TEST_CASE(integers_keep_all_their_bits) {
  BOOST_TEST(round_trip(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  BOOST_TEST(round_trip(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  BOOST_TEST(round_trip(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  BOOST_TEST(round_trip(std::int8_t{-128}) == "-128");
  BOOST_TEST(round_trip(std::uint8_t{255}) == "255");
  BOOST_TEST(read<int>("-0") == 0);
}

BOOST_AUTO_TEST_CASE(numbers_are_the_shortest_text_that_reads_back_the_same) {
  BOOST_TEST(round_trip(0.1) == "0.1");
  BOOST_TEST(round_trip(0.1F) == "0.1");
  BOOST_TEST(round_trip(1e300) == "1e+300");
  BOOST_TEST(round_trip(std::numeric_limits<double>::denorm_min()) == "5e-324");
  BOOST_CHECK(std::signbit(read<double>(round_trip(-0.0))));
  BOOST_TEST(read<double>("12") == 12.0);
  BOOST_TEST(read<double>("-1.25E+2") == -125.0);
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_as_little_as_possible_and_read_with_every_escape) {
  BOOST_TEST(round_trip(std::string{"\"\\/\b\f\n\r\t\x01\x1f\x7f ž€😀"})
             == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f ž€😀\"");
  BOOST_TEST(read<std::string>(R"("\"\\\/\b\f\n\r\t\u017E\u20ac\ud83d\uDE00")")
             == "\"\\/\b\f\n\r\tž€😀");
  for (std::size_t size = 0; size < 40; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      BOOST_TEST(round_trip(text) == '"' + text + '"');
      text[at] = '"';
      BOOST_TEST(round_trip(text).size() == size + 3);
    }
  for (const std::size_t size : {510U, 511U, 512U, 513U, 5000U})
    BOOST_TEST(round_trip(std::vector{std::string(size, 'y'), std::string(size, '\n')}).size()
               == 3 * size + 7);
}

BOOST_AUTO_TEST_CASE(every_other_type_has_its_form) {
  shop::catalogue all{};
  all.ratio = 0.5;
  all.stock = {{"tea", -1}, {"a \"b\"", 2}};
  all.shelves = {{7, {"cup", 1}}};
  all.prices = {{*shop::country::of("AUT"), {5}}};
  all.switches = {{shop::state::sent, true}};
  all.tags = {"b", "a"};
  all.answers = {true, std::nullopt};
  all.pair = {-3, "x"};
  all.bits = {true, false};
  all.delay = std::chrono::milliseconds{1500};
  all.day = std::chrono::year{1969} / 12 / 31;
  all.stream = ec::stream_id::trusted("account-ž");
  all.root = {1, {{2, {}}, {3, {{4, {}}}}}};
  BOOST_TEST(
    round_trip(all)
    == R"({"flag":false,"large":0,"small":0,"ratio":0.5,"half":0,"stock":{"a \"b\"":2,"tea":-1},)"
       R"("shelves":{"7":{"sku":"cup","quantity":1}},"prices":{"AUT":5},"switches":{"sent":true},)"
       R"("tags":["a","b"],"answers":[true,null],"pair":[-3,"x"],"bits":[true,false],"delay":1500,)"
       R"("day":"1969-12-31T00:00:00.000000Z","event":"00000000-0000-0000-0000-000000000000",)"
       R"("stream":"account-ž","root":{"value":1,"children":[{"value":2,"children":[]},)"
       R"({"value":3,"children":[{"value":4,"children":[]}]}]}})");
}

BOOST_AUTO_TEST_CASE(a_variant_is_named_by_the_type_that_it_holds) {
  using payment = std::variant<shop::card, shop::cash>;
  BOOST_TEST(round_trip(payment{shop::cash{}}) == R"({"cash_on_delivery":{}})");
  BOOST_TEST(round_trip(payment{shop::card{"1"}}) == R"({"card":{"number":"1"}})");
}

BOOST_AUTO_TEST_CASE(times_are_cut_to_microseconds_and_stay_within_four_digit_years) {
  using std::chrono::sys_time;
  BOOST_TEST(ec::to_json(sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{-1}})
             == R"("1969-12-31T23:59:59.999999Z")");
  BOOST_TEST(round_trip(ec::timestamp{std::chrono::microseconds{-62'135'596'800'000'000}})
             == R"("0001-01-01T00:00:00.000000Z")");
  BOOST_TEST(round_trip(ec::timestamp{std::chrono::microseconds{253'402'300'799'999'999}})
             == R"("9999-12-31T23:59:59.999999Z")");
  BOOST_TEST(read<ec::timestamp>(R"("2024-02-29T12:00:00Z")").time_since_epoch().count()
             == 1'709'208'000'000'000);
  BOOST_TEST(read<ec::timestamp>(R"("2024-02-29T12:00:00.05Z")").time_since_epoch().count()
             == 1'709'208'000'050'000);
  BOOST_TEST(round_trip(std::chrono::duration<double>{1.5}) == "1.5");
}

BOOST_AUTO_TEST_CASE(a_format_of_the_users_own_is_used_everywhere) {
  BOOST_TEST(round_trip(std::map<place, std::vector<place>>{{{1, -2}, {{3, 4}}}})
             == R"({"1/-2":["3/4"]})");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_not_codable) {
  BOOST_TEST(ec::json_codable<shop::catalogue>);
  BOOST_TEST(ec::json_codable<place>);
  BOOST_TEST(!ec::json_codable<const char*>);
  BOOST_TEST(!ec::json_codable<int[3]>);
  BOOST_TEST(!ec::json_codable<std::vector<std::string_view>>);
  BOOST_TEST(!ec::json_codable<std::optional<std::optional<int>>>);
  BOOST_TEST((!ec::json_codable<std::map<double, int>>));
  BOOST_TEST((!ec::json_codable<std::variant<shop::card, int>>));
  BOOST_TEST((!ec::json_codable<std::variant<shop::card, shop::card>>));
  BOOST_TEST(!ec::json_codable<std::byte>);
}

BOOST_AUTO_TEST_SUITE_END()
