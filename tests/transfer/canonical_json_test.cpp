#include "canonical_json.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace eventcore::transfer;

namespace {

auto canonical(std::string_view text) -> std::string {
  std::string out = "before";
  if (const auto done = json_canonicaliser{}.append(text, out); !done)
    return done.error().detail;
  return out.substr(6);
}

void check(std::string_view text, std::string_view expected) {
  BOOST_TEST_CONTEXT(text) {
    BOOST_TEST(canonical(text) == expected);
    BOOST_TEST(canonical(expected) == expected);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(canonical_json)

BOOST_AUTO_TEST_CASE(white_space_goes) {
  check(" { \"a\" :\t[ 1 ,\r\n 2 , { } , [ ] ] , \"b\" : null } ", R"({"a":[1,2,{},[]],"b":null})");
  check(" true ", "true");
  check("[false ,null]", "[false,null]");
}

BOOST_AUTO_TEST_CASE(members_are_put_in_order_at_every_level) {
  check(R"({"b":{"z":1,"y":[{"d":1,"c":2}]},"a":0,"aa":3,"B":4})",
        R"({"B":4,"a":0,"aa":3,"b":{"y":[{"c":2,"d":1}],"z":1}})");
}

BOOST_AUTO_TEST_CASE(of_members_with_one_name_the_last_one_counts) {
  check(R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})");
  check(R"({"a":1,"a":2})", R"({"a":2})");
  check("{\"\\u0061\":1,\"a\":2}", R"({"a":2})");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_only_where_they_must_be) {
  check(R"("\u00e9\/\ud83d\ude00\u0041")", "\"\xC3\xA9/\xF0\x9F\x98\x80"
                                           "A\"");
  check(R"("\b\f\n\r\t\"\\\u0001\u001F")", R"("\b\f\n\r\t\"\\\u0001\u001f")");
  check("\"\x7F\"", "\"\x7F\"");
  check(R"({"\u000a":1})", R"({"\n":1})");
}

BOOST_AUTO_TEST_CASE(equal_numbers_are_written_alike) {
  for (const auto* one : {"1", "1.0", "1.00", "1e0", "10e-1", "0.1E+1", "0.01e2"})
    check(one, "1");
  for (const auto* zero : {"0", "-0", "0.0", "-0.00", "0e5", "0E-5", "0.000e+9999"})
    check(zero, "0");
  check("100000", "100000");
  check("1e5", "100000");
  check("-1.50e2", "-150");
  check("0.10", "0.1");
  check("12.3400", "12.34");
  check("9223372036854775807", "9223372036854775807");
  check("-9223372036854775808", "-9223372036854775808");
  check("18446744073709551615", "18446744073709551615");
  check("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827");
}

BOOST_AUTO_TEST_CASE(very_large_and_very_small_numbers_have_an_exponent) {
  check("100000000000000000000", "100000000000000000000");
  check("1e20", "100000000000000000000");
  check("1000000000000000000000", "1e21");
  check("1e21", "1e21");
  check("1234567890123456789012345", "1.234567890123456789012345e24");
  check("0.000001", "0.000001");
  check("1e-6", "0.000001");
  check("0.0000001", "1e-7");
  check("0.00000012", "1.2e-7");
  check("1E400", "1e400");
  check("-25e-9999", "-2.5e-9998");
  BOOST_TEST(canonical("1e99999").contains("an exponent of more than four digits"));
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
  for (const auto* text : {"", " ", "{", "[1,]", "{\"a\"}", "01", "1 2", "nul", "\"\\u0000\"",
                           "\"\n\"", "\"\xFF\"", "{\"a\":1,}", "-", "[1}", "tru"})
    BOOST_TEST(!json_canonicaliser{}.append(text, *std::make_unique<std::string>()), text);
  BOOST_TEST(canonical(std::string(128, '[') + std::string(128, ']'))
             == std::string(128, '[') + std::string(128, ']'));
  BOOST_TEST(canonical(std::string(129, '[') + std::string(129, ']')).contains("128"));
}

BOOST_AUTO_TEST_SUITE_END()
