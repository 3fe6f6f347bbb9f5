#include "eventcore/transfer/base64.hpp"

#include <boost/test/unit_test.hpp>

using namespace eventcore::transfer;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(the_examples_of_its_rfc_hold) {
  const std::pair<std::string, std::string> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"},
                                                          {"\xFF\xFE\0"s, "//4A"}};
  for (const auto& [bytes, text] : examples) {
    std::string written;
    append_base64(bytes, written);
    BOOST_TEST(written == text);
    const auto read = read_base64(text);
    BOOST_REQUIRE(read);
    BOOST_TEST(*read == bytes);
  }
}

BOOST_AUTO_TEST_CASE(only_what_is_written_is_read) {
  for (const auto* text :
       {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm-_", "====", "=g=="})
    BOOST_TEST(!read_base64(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
