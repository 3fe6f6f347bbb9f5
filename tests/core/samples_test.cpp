#include "lending.hpp"

#include <eventcore/testing/samples.hpp>

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

namespace {

namespace fs = std::filesystem;
using ec_book = lending::book;
using eventcore::testing::check_samples;
using eventcore::testing::sample_failed;

/// A file of samples.
struct sample_file {
  fs::path path =
    fs::temp_directory_path() / ("eventcore-samples-" + std::to_string(::getpid()) + ".jsonl");

  sample_file() = default;
  sample_file(const sample_file&) = delete;
  auto operator=(const sample_file&) -> sample_file& = delete;
  ~sample_file() { fs::remove(path); }

  void holds(std::string_view text) const { std::ofstream{path} << text; }

  void fails(std::string_view text, const std::vector<std::string>& parts) const {
    holds(text);
    BOOST_CHECK_EXCEPTION(check_samples<ec_book>(path), sample_failed,
                          [&](const sample_failed& failed) {
                            BOOST_TEST_MESSAGE(failed.what());
                            for (const auto& part : parts)
                              BOOST_TEST(std::string_view{failed.what()}.contains(part));
                            return true;
                          });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(samples, sample_file)

BOOST_AUTO_TEST_CASE(samples_that_become_what_they_should_are_right) {
  holds(
    R"({"type":"taken","version":1,"payload":{"reader":"ann","day":5},)"
    R"("becomes":[{"type":"book_lent","payload":{"desk":"main","due":35,"day":5,"reader":"ann"}}]}

{"type":"swapped","version":2,"payload":{"from":"ann","to":"bob","day":1},"becomes":[)"
    R"({"type":"book_returned","payload":{"reader":"ann"}},)"
    R"({"type":"book_lent","payload":{"reader":"bob","day":1,"due":31,"desk":"main"}}]}
{"type":"looked_at","version":4,"payload":{},"becomes":[]}
{"type":"taken","version":3,"payload":{"reader":"x","due":1,"desk":"y"},"becomes":[)"
    R"({"type":"book_lent","payload":{"reader":"x","due":1,"desk":"y"}}]}
)");
  BOOST_CHECK_NO_THROW(check_samples<ec_book>(path));
}

BOOST_AUTO_TEST_CASE(a_difference_is_shown_with_its_line) {
  fails("\n"
        R"({"type":"taken","version":2,"payload":{"reader":"ann","due":5},"becomes":[)"
        R"({"type":"book_lent","payload":{"reader":"ann","due":6,"desk":"main"}}]})",
        {".jsonl:2: taken version 2 becomes\n    book_lent {\"reader\":\"ann\",\"due\":5,\"desk\":"
         "\"main\"}\n  but should become\n    book_lent {\"reader\":\"ann\",\"due\":6,\"desk\":"
         "\"main\"}"});
  fails(
    R"({"type":"looked_at","version":4,"payload":{},"becomes":[{"type":"book_lent","payload":{}}]})",
    {"looked_at version 4 becomes\n    nothing\n"});
}

BOOST_AUTO_TEST_CASE(all_lines_are_looked_at) {
  fails("{\"type\":\"sold\",\"version\":1,\"payload\":{},\"becomes\":[]}\n"
        "{\"type\":\"book_lent\",\"version\":4,\"payload\":{},\"becomes\":[]}\n",
        {":1: the kind 'book' of this program lists no event 'sold'",
         ":2: ", "a newer version of the program wrote it"});
}

BOOST_AUTO_TEST_CASE(what_comes_out_must_be_readable) {
  fails(R"({"type":"taken","version":1,"payload":{"day":5},"becomes":[)"
        R"({"type":"book_lent","payload":{"day":5,"due":35,"desk":"main"}}]})",
        {"which cannot be read: book_lent.reader: missing"});
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_samples_are_told) {
  fails("{", {":1: "});
  fails("{}", {"it has no member \"type\""});
  fails(R"({"type":"taken"})", {"it has no member \"payload\""});
  fails(R"({"type":"taken","payload":[]})", {"\"payload\" an object"});
  fails(R"({"type":"taken","payload":{}})", {"it has no member \"version\""});
  fails(R"({"type":"taken","payload":{},"version":"x"})", {"\"version\" must be a number"});
  fails(R"({"type":"taken","payload":{},"version":1})", {"it has no member \"becomes\""});
  fails(R"({"type":"taken","payload":{},"version":1,"becomes":{}})", {"must be an array"});
  fails(R"({"type":"taken","payload":{},"version":1,"becomes":[1]})", {"must hold objects"});
}

BOOST_AUTO_TEST_CASE(no_samples_prove_nothing) {
  fails("\n \n", {"there are no samples in "});
  BOOST_CHECK_EXCEPTION(check_samples<ec_book>("/nowhere/samples.jsonl"), sample_failed,
                        [](const sample_failed& failed) {
                          return std::string_view{failed.what()}
                                 == "the samples /nowhere/samples.jsonl cannot be read: No such "
                                    "file or directory";
                        });
}

BOOST_AUTO_TEST_SUITE_END()
