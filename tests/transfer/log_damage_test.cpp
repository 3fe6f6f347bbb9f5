#include "transfer/sample_log.hpp"

#include "eventcore/testing/checks.hpp"
#include "eventcore/transfer/archive_file.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

// A file that is not what was written is never declared to be a log.

namespace {

const std::string names[] = {"log.jsonl", "log.jsonl.gz", "log.jsonl.zst"};

/// An export and what can be done to its bytes.
struct exported_file {
  explicit exported_file(const std::string& name, std::size_t many = 0)
      : file{here / name}, log{must(export_log(*full_store(many), file))}, whole{read_file(file)} {}

  void damage(std::size_t at) const {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x11);
    write_file(file, bytes);
  }

  void replace(std::string_view old_text, std::string_view new_text) const {
    auto text = whole;
    const auto at = text.find(old_text);
    BOOST_REQUIRE(at != std::string::npos);
    write_file(file, text.replace(at, old_text.size(), new_text));
  }

  folder here{};
  std::filesystem::path file;
  log_file log;
  std::string whole;
};

/// The store that is left when a file is found to be damaged, at its eighth event, only when all was read.
auto import_damaged(const exported_file& given) -> std::shared_ptr<event_store> {
  given.replace("\"type\":\"counted\"", "\"type\":\"counter\"");
  const auto copy = empty_store();
  import_options unchecked;
  unchecked.check = false;
  must_fail(import_log(given.file, *copy, unchecked), errc::codec_failed, "the file is damaged");
  return copy;
}

} // namespace

BOOST_AUTO_TEST_SUITE(damaged_logs)

BOOST_AUTO_TEST_CASE(a_changed_byte_anywhere_in_a_text_is_noticed) {
  const exported_file given{"log.jsonl"};
  for (std::size_t at = 0; at < given.whole.size(); ++at) {
    given.damage(at);
    const auto verified = verify_export(given.file);
    BOOST_TEST(!verified, "byte " << at << " of " << given.whole.size());
    if (at % 16 == 0)
      BOOST_TEST(!import_log(given.file, *empty_store()));
  }
}

// Some bits say nothing, as when a file was written, or the same text in another way.
BOOST_AUTO_TEST_CASE(a_changed_byte_of_a_packed_file_is_noticed_or_changes_nothing) {
  for (const auto& name : {names[1], names[2]}) {
    const exported_file given{name, 400};
    std::size_t harmless = 0;
    for (std::size_t at = 0; at < given.whole.size(); at += 7) {
      given.damage(at);
      if (const auto verified = verify_export(given.file)) {
        BOOST_TEST((*verified == given.log), "byte " << at);
        ++harmless;
      }
    }
    BOOST_TEST(harmless * 20 < given.whole.size() / 7);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_off_is_refused_wherever) {
  for (const auto& name : names) {
    const exported_file given{name, 200};
    for (std::size_t size = 0; size < given.whole.size(); size += name == "log.jsonl" ? 499 : 29) {
      write_file(given.file, std::string_view{given.whole}.substr(0, size));
      const auto verified = verify_export(given.file);
      BOOST_REQUIRE_MESSAGE(!verified, "cut to " << size << " bytes");
      BOOST_TEST((verified.error().code == errc::codec_failed), verified.error().text());
    }
    write_file(given.file, given.whole.substr(0, given.whole.size() - 1));
    BOOST_TEST(!verify_export(given.file));
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_from_a_file_with_a_wrong_checksum) {
  const exported_file given{"log.jsonl", 9'000};
  given.replace("\"type\":\"counted\"", "\"type\":\"counter\"");
  const auto copy = empty_store();
  must_fail(import_log(given.file, *copy), errc::codec_failed, "the file is damaged");
  BOOST_TEST(must(copy->head()).position.value == 0);
  BOOST_TEST(must(copy->maintenance().restoring()) == "");
}

BOOST_AUTO_TEST_CASE(an_unchecked_damaged_file_is_never_declared_whole) {
  const exported_file given{"log.jsonl", 9'000};
  const auto copy = import_damaged(given);
  BOOST_TEST(must(copy->maintenance().restoring()) != "");
}

// What was taken from the damaged file is in the store, and stays there.
BOOST_AUTO_TEST_CASE(a_whole_file_does_not_go_on_where_a_damaged_one_ended) {
  const exported_file given{"log.jsonl", 9'000};
  const auto copy = import_damaged(given);
  BOOST_TEST(must(copy->head()).position.value > 8);
  write_file(given.file, given.whole);
  must_fail(import_log(given.file, *copy), errc::invalid_argument, "another event at position 8");
  BOOST_TEST(must(copy->maintenance().restoring()) != "");
}

BOOST_AUTO_TEST_CASE(a_damaged_request_is_not_kept_either) {
  const folder here;
  const auto store = empty_store();
  write_requests(*store, 6'000);
  must(export_log(*store, here / "log.jsonl"));
  const auto whole = read_file(here / "log.jsonl");
  auto damaged = whole;
  constexpr std::string_view before = R"("request":"r/0003","digest":")";
  auto& digit = damaged[damaged.find(before) + before.size()];
  digit = digit == '0' ? '1' : '0';
  write_file(here / "log.jsonl", damaged);
  const auto copy = empty_store();
  import_options unchecked;
  unchecked.check = false;
  must_fail(import_log(here / "log.jsonl", *copy, unchecked), errc::codec_failed,
            "the file is damaged");
  write_file(here / "log.jsonl", whole);
  must_fail(import_log(here / "log.jsonl", *copy), errc::invalid_argument,
            "another request 'r/0003'");
}

BOOST_AUTO_TEST_CASE(a_header_of_another_log_is_noticed) {
  const exported_file given{"log.jsonl"};
  auto text = given.whole;
  constexpr std::string_view before = R"("head":{"position":7,"commit":")";
  auto& digit = text[text.find(before) + before.size()];
  digit = digit == '0' ? '1' : '0';
  write_file(given.file, text);
  must_fail(verify_export(given.file), errc::codec_failed, "line 11: the log ends with commit");
}

BOOST_AUTO_TEST_CASE(the_line_and_the_reason_are_named) {
  const exported_file given{"log.jsonl"};
  const auto check = [&](std::string_view old_text, std::string_view new_text,
                         std::string_view line, std::string_view reason) {
    given.replace(old_text, new_text);
    must_fail(verify_export(given.file), errc::codec_failed,
              std::string{"log.jsonl, line "} + std::string{line});
    must_fail(verify_export(given.file), errc::codec_failed, reason);
  };
  check("\"position\":3,", "\"position\":4,", "4: ", "the event at position 4 follows that at 2");
  check("\"position\":3,", "\"position\":x,", "4: ", ".position");
  check("\"payload\":null", "\"payload\":nil", "4: ", "not valid JSON at byte");
  check("\"payload\":null", "\"pay\":null", "4: ", "one of the members payload, payload_base64");
  check("\"type\":\"written\"", "\"type\":\"\"", "2: ", ".type: it is empty");
  check("\"stream\":\"odd-1\"", "\"stream\":\"odd*1\"", "2: ", "pattern characters");
  check("\"payload_base64\":\"AA==\"", "\"payload_base64\":\"AA=\"", "7: ", "expected base64");
  check("{\"request\":\"", "{\"demand\":\"", "9: ", "this is no line of an event log");
  check("\"digest\":\"", "\"digest\":\"0", "9: ", ".digest: it is not 32 hexadecimal digits");
  check("{\"end\":{\"events\":7", "{\"end\":{\"events\":8",
        "11: ", "8 events and 2 requests, 7 and 2");
  check("\"checksum\":\"", "\"checksum\":\"0", "11: ", "the text before has the checksum");
  write_file(given.file, given.whole + "{}\n");
  must_fail(verify_export(given.file), errc::codec_failed, "line 12: there is more");
}

BOOST_AUTO_TEST_CASE(files_of_something_else_are_refused) {
  const exported_file given{"log.jsonl"};
  const auto store = empty_store();
  write_file(given.file, "");
  must_fail(import_log(given.file, *store), errc::codec_failed, "line 1: the file is empty");
  write_file(given.file, "\x7F"
                         "ELF and so on\n");
  must_fail(import_log(given.file, *store), errc::codec_failed, "no file that eventcore wrote");
  write_file(given.file, "{\"name\":1}\n");
  must_fail(import_log(given.file, *store), errc::codec_failed, "no file that eventcore wrote");
  given.replace("\"format\":1", "\"format\":2");
  must_fail(import_log(given.file, *store), errc::codec_failed,
            "this file has format 2, this program reads format 1; use a newer version");
  given.replace("\"eventcore\":\"log\"", "\"eventcore\":\"archive\"");
  must_fail(import_log(given.file, *store), errc::codec_failed, "`eventcore restore` reads it");
  must_fail(verify_archive(given.file), errc::codec_failed, "the header cannot be read");
  must_fail(import_log(given.here / "nothing", *store), errc::not_found,
            "nothing cannot be opened");
}

BOOST_AUTO_TEST_CASE(bytes_behind_packed_data_are_noticed) {
  for (const auto& name : {names[1], names[2]}) {
    const exported_file given{name};
    write_file(given.file, given.whole + "more");
    must_fail(verify_export(given.file), errc::codec_failed, "is damaged near byte");
    write_file(given.file, given.whole + given.whole);
    must_fail(verify_export(given.file), errc::codec_failed, "there is more behind the end");
  }
}

BOOST_AUTO_TEST_SUITE_END()
