#include "support/json_types.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

namespace {

/// The text of the failure to read `json`.
template <class T>
auto refusal(std::string_view json) -> std::string {
  const auto value = ec::from_json<T>(json);
  BOOST_REQUIRE_MESSAGE(!value, "was read: " << json);
  BOOST_CHECK(value.error().code == ec::errc::codec_failed);
  return value.error().detail;
}

/// The text of the failure to write `value`, which also leaves no trace in the output.
template <class T>
auto defect(const T& value) -> std::string {
  std::string out = "before";
  const auto done = ec::try_append_json(value, out);
  BOOST_REQUIRE(!done);
  BOOST_CHECK(done.error().code == ec::errc::codec_failed);
  BOOST_TEST(out == "before");
  BOOST_CHECK(!ec::from_json<T>(ec::to_json(value)));
  return done.error().detail;
}

const std::string order =
  R"({"customer":"alice","lines":[{"sku":"tea","quantity":2},{"sku":"cup","quantity":1}],)"
  R"("total":1250,"state":"paid","payment":{"card":{"number":"4711"}},)"
  R"("at":"2024-01-31T23:59:59.123456Z"})";

/// The text of the failure to read the order with `from` replaced by `to`.
auto order_with(std::string_view from, std::string_view to) -> std::string {
  auto json = order;
  const auto at = json.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return refusal<shop::order_placed>(json.replace(at, from.size(), to));
}

auto syntax(std::string_view json) -> std::string {
  const auto valid = ec::validate_json(json);
  BOOST_REQUIRE_MESSAGE(!valid, "was accepted: " << json);
  BOOST_CHECK(valid.error().code == ec::errc::codec_failed);
  return valid.error().detail;
}

auto nested(std::size_t levels) -> std::string {
  return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_failures)

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named_with_its_path) {
  BOOST_TEST(
    order_with(R"("quantity":1)", R"("quantity":"abc")")
    == R"(order_placed.lines[1].quantity: expected an integer in [0, 65535], found the string "abc")");
  BOOST_TEST(order_with("1250", "12.5")
             == "order_placed.total: expected an integer in [-9223372036854775808, "
                "9223372036854775807], found the number 12.5");
  BOOST_TEST(order_with(R"("alice")", "null")
             == "order_placed.customer: expected a string, found null");
  BOOST_TEST(order_with(R"({"sku":"tea","quantity":2})", "[]")
             == "order_placed.lines[0]: expected an object, found an array");
  BOOST_TEST(
    order_with(R"("card")", R"("crad")")
    == R"(order_placed.payment: expected one member, named "card", "cash_on_delivery", found the string "crad")");
  BOOST_TEST(order_with("4711", "\\ud800")
             == "order_placed.payment.card.number: not valid JSON at byte 141: a lone surrogate in "
                "a string");
  BOOST_TEST(
    order_with(R"("paid")", R"("payed")")
    == R"(order_placed.state: expected one of "open", "paid", "sent", found the string "payed")");
}

BOOST_AUTO_TEST_CASE(missing_and_repeated_members_are_named) {
  BOOST_TEST(order_with(R"("quantity":1)", R"("quantitx":1)")
             == "order_placed.lines[1].quantity: missing");
  BOOST_TEST(order_with(R"("total":1250,)", "") == "order_placed.total: missing");
  BOOST_TEST(order_with(R"("sku":"cup",)", R"("sku":"cup","sku":"pot",)")
             == "order_placed.lines[1].sku: given twice");
  BOOST_TEST(refusal<shop::line>(R"({"quantity":1,"sku":"a","quantity":1})")
             == "line.quantity: given twice");
  BOOST_TEST(refusal<shop::parcel_sent>("{}") == "parcel_sent.to: missing");
}

BOOST_AUTO_TEST_CASE(a_long_value_is_shown_cut) {
  BOOST_TEST(refusal<int>('"' + std::string(1000, 'x') + '"')
             == "expected an integer in [-2147483648, 2147483647], found the string \""
                  + std::string(40, 'x') + "...\"");
}

BOOST_AUTO_TEST_CASE(an_integer_is_in_range_and_has_neither_leading_zeros_nor_a_fraction) {
  for (const auto* json :
       {"256", "-1", "1.0", "1e0", "01", "00", "18446744073709551616", "true", "\"1\"", "[1]", "-"})
    BOOST_TEST(refusal<std::uint8_t>(json).starts_with("expected an integer in [0, 255], found "));
  for (const auto* json : {"128", "-129", "-01", "--1", "+1", "99999999999999999999999"})
    BOOST_TEST(
      refusal<std::int8_t>(json).starts_with("expected an integer in [-128, 127], found "));
  BOOST_TEST(refusal<std::uint64_t>("18446744073709551616")
               .ends_with("found the number 18446744073709551616"));
  BOOST_TEST(
    refusal<std::int64_t>("9223372036854775808").ends_with("found the number 9223372036854775808"));
}

BOOST_AUTO_TEST_CASE(other_values_are_checked_for_what_they_are) {
  BOOST_TEST(refusal<bool>("1") == "expected true or false, found the number 1");
  BOOST_TEST(refusal<double>("\"1\"") == "expected a number, found the string \"1\"");
  BOOST_TEST(refusal<double>("1e999")
             == "expected a number within the range of a double, found the number 1e999");
  BOOST_TEST(refusal<float>("1e39")
             == "expected a number within the range of a float, found the number 1e39");
  BOOST_TEST(refusal<ec::event_id>("\"12\"") == "expected a UUID, found the string \"12\"");
  BOOST_TEST(refusal<ec::stream_id>("\"a*b\"")
             == "expected a stream id (it holds one of the pattern characters * ? [ ]), found the "
                "string \"a*b\"");
  BOOST_TEST(refusal<ec::stream_id>("\"\"")
             == "expected a stream id (it is empty), found the string \"\"");
  BOOST_TEST(refusal<shop::country>("\"DE\"") == "a country has three letters, not \"DE\"");
  BOOST_TEST((refusal<std::array<int, 2>>("[1]"))
             == "expected an array of 2 elements, found fewer");
  BOOST_TEST((refusal<std::pair<int, int>>("[1,2,3]"))
             == "expected an array of 2 elements, found more");
  BOOST_TEST((refusal<std::variant<shop::card, shop::cash>>("{}"))
             == "expected an object with one member, found none");
  BOOST_TEST((refusal<std::variant<shop::card, shop::cash>>(R"({"card":{"number":"1"},"x":1})"))
             == "expected an object with one member, found more");
}

BOOST_AUTO_TEST_CASE(keys_and_elements_are_checked_and_single) {
  using numbers = std::map<std::uint8_t, int>;
  BOOST_TEST(
    refusal<numbers>(R"({"256":1})")
    == R"(the key, the string "256": expected an integer in [0, 255], found the number 256)");
  BOOST_TEST(refusal<numbers>(R"({"1":1,"1":2})") == R"(["1"]: given twice)");
  BOOST_TEST(refusal<numbers>(R"({"1":{}})").starts_with(R"(["1"]: expected an integer)"));
  BOOST_TEST(refusal<numbers>(R"({" 1":1})") == "expected an integer, found the string \" 1\"");
  BOOST_TEST(refusal<numbers>(R"({"1 ":1})") == "expected an integer, found the string \"1 \"");
  BOOST_TEST((refusal<std::map<shop::country, int>>(R"({"DE":1})"))
             == "a country has three letters, not \"DE\"");
  BOOST_TEST((refusal<std::map<std::string, bool>>(R"({"a":true,"b":0})"))
             == ".b: expected true or false, found the number 0");
  BOOST_TEST(refusal<std::set<int>>("[1,2,1]") == "[2]: given twice in a set");
}

BOOST_AUTO_TEST_CASE(times_are_real_utc_times_that_fit_their_type) {
  for (const auto* text :
       {"2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+00:00",
        "2024-01-01 00:00:00Z", "0000-01-01T00:00:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567Z", "2024-1-1T00:00:00Z", "24-01-01T00:00:00Z"})
    BOOST_TEST(refusal<ec::timestamp>('"' + std::string{text} + '"')
               == "expected a time such as \"2024-01-31T23:59:59.123456Z\", found the string \""
                    + std::string{text} + '"');
  BOOST_TEST(refusal<std::chrono::sys_seconds>(R"("2024-01-01T00:00:00.5Z")")
               .starts_with("expected a time that fits"));
  BOOST_TEST(refusal<std::chrono::sys_time<std::chrono::nanoseconds>>(R"("3000-01-01T00:00:00Z")")
               .starts_with("expected a time that fits"));
}

BOOST_AUTO_TEST_CASE(a_value_that_json_cannot_hold_is_named_and_never_read_back) {
  shop::order_placed placed{};
  placed.lines = {{"tea", 1}, {"c\xC3", 1}};
  BOOST_TEST(defect(placed)
             == R"(order_placed.lines[1].sku: invalid UTF-8 at byte 1 of the string "c\xc3")");
  BOOST_TEST(defect(std::string{"a\0b", 3}) == R"(NUL at byte 1 of the string "a\x00b")");
  BOOST_TEST(defect(std::vector{1.0, std::numeric_limits<double>::quiet_NaN()})
             == "[1]: JSON has no number for NaN");
  BOOST_TEST(defect(-std::numeric_limits<float>::infinity()) == "JSON has no number for -Infinity");
  BOOST_TEST(defect(shop::state{3}) == "3 is the value of none of the described enumerators");
  BOOST_TEST(defect(ec::stream_id{}) == "the stream id is unnamed");
  BOOST_TEST(defect(ec::timestamp{std::chrono::microseconds{253'402'300'800'000'000}})
             == "a time outside the years 1 to 9999");
  BOOST_TEST(defect(ec::timestamp{std::chrono::microseconds{-62'135'596'800'000'001}})
             == "a time outside the years 1 to 9999");
  BOOST_TEST(defect(std::chrono::sys_time<std::chrono::hours>::max())
             == "a time outside the years 1 to 9999");
  BOOST_TEST((defect(std::map<std::string, int>{{"a", 1}, {"b\xFF", 2}}))
             == R"(invalid UTF-8 at byte 1 of the string "b\xff")");
  BOOST_TEST((defect(std::map<std::string, std::optional<double>>{
               {"a b", std::numeric_limits<double>::infinity()}}))
             == R"(["a b"]: JSON has no number for Infinity)");
  BOOST_CHECK(!ec::try_canonical_json(placed));
}

BOOST_AUTO_TEST_CASE(a_tree_of_128_levels_is_written_and_read_and_one_more_is_not) {
  std::vector<shop::tree> top;
  for (int level = 0; level < 63; ++level)
    top = {{1, std::move(top)}};
  const shop::tree highest{1, std::move(top)}; // 64 objects and 64 arrays
  BOOST_CHECK(ec::from_json<shop::tree>(ec::to_json(highest)));
  BOOST_TEST(defect(std::vector{highest}).ends_with(": nested deeper than 128 levels"));
  BOOST_CHECK(ec::validate_json(nested(128)));
  BOOST_TEST(syntax(nested(129)) == "not valid JSON at byte 128: nested deeper than 128 levels");
  BOOST_TEST(syntax(std::string(1'000'000, '['))
             == "not valid JSON at byte 128: nested deeper than 128 levels");
  BOOST_CHECK(ec::from_json<shop::cash>("{\"x\":" + nested(127) + "}"));
  BOOST_TEST(
    refusal<shop::cash>("{\"x\":" + nested(128) + "}").ends_with("nested deeper than 128 levels"));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_json_is_refused_at_its_byte) {
  BOOST_TEST(syntax("") == "not valid JSON at byte 0: the text ends too early");
  BOOST_TEST(syntax("1 2") == "not valid JSON at byte 2: more text after the value");
  BOOST_TEST(syntax("[1 2]")
             == "not valid JSON at byte 3: expected ',' or ']', found the number 2");
  BOOST_TEST(syntax("{\"a\" 1}") == "not valid JSON at byte 5: expected ':', found the number 1");
  BOOST_TEST(syntax("{\"a\":1,}")
             == "not valid JSON at byte 7: expected a member's name, found the character '}'");
  BOOST_TEST(syntax("[1,]")
             == "not valid JSON at byte 3: expected a value, found the character ']'");
  BOOST_TEST(syntax("01") == "not valid JSON at byte 1: a number with a leading zero");
  BOOST_TEST(syntax("1e12345") == "not valid JSON at byte 7: an exponent of more than four digits");
  BOOST_TEST(syntax("\"\\u0000\"")
             == "not valid JSON at byte 1: \\u0000 in a string; NUL is not allowed");
  BOOST_TEST(syntax("\"a\nb\"") == "not valid JSON at byte 2: a raw control character in a string");
  BOOST_TEST(syntax("\"\xC0\x80\"")
             == "not valid JSON at byte 1: a string that is not valid UTF-8");
  for (const auto* text : {"\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\xC3", "\x80",
                           "\\ud800", "\\udc00", "\\ud800\\u0041", "\\x", "\\u12g4"})
    BOOST_TEST(syntax('"' + std::string{text} + '"').starts_with("not valid JSON at byte "));
  for (const auto* json :
       {"\"\\", "\"abc", "\"\xC3", "tru", "nulL", "-", "1.", "1.e1", "1e", "1e+"})
    BOOST_TEST(syntax(json).starts_with("not valid JSON at byte "));
  for (const auto* json : {".5", "+1", "NaN", "'a'", "[", "{", "{\"a\":", "]", "{]", "[}", "{1:2}",
                           "[1}", "{\"a\":1]", "\xEF\xBB\xBF[]", "//c\n1"})
    BOOST_TEST(syntax(json).starts_with("not valid JSON at byte "));
  BOOST_TEST(syntax(std::string_view{"1\0", 2})
             == "not valid JSON at byte 1: more text after the value");
  BOOST_TEST(refusal<shop::line>(R"({"sku":"a","quantity":1} x)")
             == "line: not valid JSON at byte 25: more text after the value");
}

BOOST_AUTO_TEST_SUITE_END()
