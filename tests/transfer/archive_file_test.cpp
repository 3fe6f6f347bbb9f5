#include "transfer/sample_log.hpp"

#include "eventcore/forwarding_store.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/transfer/archive_file.hpp"
#include "eventcore/transfer/log_file.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace eventcore;
using namespace eventcore::testing;
using namespace sample;

namespace {

const std::string names[] = {"old.jsonl", "old.jsonl.gz", "old.jsonl.zst"};

/// A store with closed and open streams.
struct shop {
  explicit shop(int streams = 10, std::size_t events = 5) {
    for (int i = 0; i < streams; ++i) {
      auto stream = stream_of(fmt::format("order-{}", i));
      for (std::size_t k = 0; k < events; ++k)
        stream.event("paid", fmt::format("{{ \"b\":{}.0,\n\"a\":{} }}", k, i));
      stream.bytes("stored", std::string(10, static_cast<char>(i)));
      if (i % 2 == 0)
        stream.event(std::string{closed_event});
      must_commit(*store, write_of(ids, {stream}));
    }
  }

  sequential_ids ids{};
  std::shared_ptr<event_store> store = empty_store();
};

/// How many payloads are not in the store.
auto missing(event_store& store) -> std::size_t {
  return static_cast<std::size_t>(
    std::ranges::count(read_log_of(store).events, encoding::archived, &recorded_event::encoding));
}

/// A store whose archive is restored just after its log was read for the first time.
class restored_store final : public forwarding_store {
public:
  restored_store(std::shared_ptr<event_store> inner, std::filesystem::path file)
      : forwarding_store{std::move(inner)}, file_{std::move(file)} {}

  using forwarding_store::read;

  auto read(const read_log& query) -> result<log_page> override {
    auto page = inner_->read(query);
    if (!file_.empty())
      must(restore_archive(*inner_, std::exchange(file_, {})));
    return page;
  }

private:
  std::filesystem::path file_;
};

/// A store that holds a payload which is no JSON.
class damaged_store final : public forwarding_store {
public:
  using forwarding_store::forwarding_store;
  using forwarding_store::read;

  auto read(std::span<const read_stream> queries) -> result<std::vector<stream_page>> override {
    auto pages = inner_->read(queries);
    if (pages)
      pages->front().events.front().payload = "{\"n\":";
    return pages;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(archives)

BOOST_AUTO_TEST_CASE(payloads_of_closed_streams_go_and_come_back) {
  for (const auto& name : names) {
    const folder here;
    const shop with;
    const auto before = described(*with.store);
    BOOST_TEST((must(plan_archive(*with.store, {})) == archive_plan{5, 30}));
    const auto done = must(archive_streams(*with.store, here / name, {}));
    BOOST_TEST(done.payloads == 30);
    BOOST_TEST(done.left == 0);
    BOOST_TEST(done.file.streams == 5);
    BOOST_TEST(done.file.name == (here / name).string());
    BOOST_TEST(missing(*with.store) == 30);
    BOOST_TEST((must(plan_archive(*with.store, {})) == archive_plan{}));

    const auto closed = read_all(*with.store, "order-0");
    BOOST_TEST(closed.events.size() == 7);
    BOOST_TEST(closed.events.front().payload == (here / name).string());
    BOOST_TEST((closed.events.back().encoding == encoding::json));
    BOOST_TEST((read_all(*with.store, "order-1").events.front().encoding == encoding::json));

    BOOST_TEST((must(verify_archive(here / name)) == done.file));
    BOOST_TEST((must(restore_archive(*with.store, here / name)) == done.file));
    BOOST_TEST(missing(*with.store) == 0);
    BOOST_TEST(must(with.store->maintenance().list_archives()).empty());
    // White space apart, to the byte: a line holds no newline.
    auto after = before;
    std::ranges::replace(after, '\n', ' ');
    auto restored = described(*with.store);
    std::ranges::replace(restored, '\n', ' ');
    BOOST_TEST(restored == after);
  }
}

BOOST_AUTO_TEST_CASE(only_what_was_asked_for_goes) {
  const folder here;
  const shop with;
  BOOST_TEST(must(plan_archive(*with.store, {.which = {.glob = "order-[04]"}})).streams == 2);
  BOOST_TEST(must(plan_archive(*with.store, {.which = {.kinds = {"bill"}}})).streams == 0);
  const auto changed = must(with.store->maintenance().list_streams({})).front().changed_at;
  BOOST_TEST(must(plan_archive(*with.store, {.before = changed})).streams == 0);
  const auto done =
    must(archive_streams(*with.store, here / "old.jsonl", {.which = {.prefix = "order-4"}}));
  BOOST_TEST(done.payloads == 6);
  BOOST_TEST((read_all(*with.store, "order-4").events.front().encoding == encoding::archived));
  BOOST_TEST((read_all(*with.store, "order-0").events.front().encoding == encoding::json));
}

BOOST_AUTO_TEST_CASE(with_nothing_to_do_no_file_is_made) {
  const folder here;
  const auto store = full_store(10);
  const auto done = must(archive_streams(*store, here / "old.jsonl", {}));
  BOOST_TEST(done.file.streams == 0);
  BOOST_TEST(!std::filesystem::exists(here / "old.jsonl"));
  BOOST_TEST(!std::filesystem::exists(here / "old.jsonl.partial"));
}

BOOST_AUTO_TEST_CASE(archiving_that_stopped_after_any_transaction_is_repeated) {
  const folder here;
  const shop with{40, 1'000};
  std::stop_source source;
  transfer_options options;
  options.stop = source.get_token();
  options.progress = [&](std::uint64_t, std::uint64_t) { source.request_stop(); };
  must_fail(archive_streams(*with.store, here / "old.jsonl.zst", {}, options), errc::shutting_down,
            "the same command goes on");
  const auto first = missing(*with.store);
  BOOST_TEST(first > 0);
  BOOST_TEST(first < 20'000);
  const auto done = must(archive_streams(*with.store, here / "old.jsonl.zst", {}));
  BOOST_TEST(first + done.payloads == 20 * 1'001);
  BOOST_TEST(missing(*with.store) == 20 * 1'001);
  must(restore_archive(*with.store, here / "old.jsonl.zst"));
  BOOST_TEST(missing(*with.store) == 0);
}

BOOST_AUTO_TEST_CASE(what_comes_before_the_moving_is_told_as_well) {
  const folder here;
  const shop with{40, 1'000};
  std::string told;
  const auto note = [&](char what) {
    return [&told, what](std::uint64_t done, std::uint64_t) {
      BOOST_TEST(done > 0U);
      if (!told.ends_with(what))
        told += what;
    };
  };
  const transfer_options options{.progress = note('m'), .preparing = note('p')};
  must(archive_streams(*with.store, here / "old.jsonl", {}, options));
  BOOST_TEST(told == "pm");
  must(restore_archive(*with.store, here / "old.jsonl", options));
  BOOST_TEST(told == "pmpm");
  must(export_log(*with.store, here / "log.jsonl", options));
  BOOST_TEST(told == "pmpm");
  import_options importing;
  importing.progress = note('m');
  importing.preparing = note('p');
  must(import_log(here / "log.jsonl", *empty_store(), importing));
  BOOST_TEST(told == "pmpmpm");
}

BOOST_AUTO_TEST_CASE(a_half_written_file_is_begun_anew) {
  const folder here;
  const shop with;
  write_file(here / "old.jsonl.partial", "{\"eventcore\":\"archive\",\"format\":1,\"na");
  BOOST_TEST(must(archive_streams(*with.store, here / "old.jsonl", {})).payloads == 30);
}

// The damage is behind what one transaction takes out, and one puts back.
BOOST_AUTO_TEST_CASE(nothing_leaves_for_a_file_that_is_damaged) {
  const folder here;
  const shop with{24, 1'000};
  const shop same{24, 1'000};
  must(archive_streams(*with.store, here / "old.jsonl", {}));
  auto text = read_file(here / "old.jsonl");
  text[text.rfind("paid")] = 'P';
  write_file(here / "old.jsonl", text);
  must_fail(archive_streams(*same.store, here / "old.jsonl", {}), errc::codec_failed,
            "the file is damaged");
  BOOST_TEST(missing(*same.store) == 0);
  must_fail(restore_archive(*with.store, here / "old.jsonl"), errc::codec_failed,
            "the file is damaged");
  BOOST_TEST(missing(*with.store) == 12 * 1'001);
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_opened_again_stays_whole_and_keeps_no_other) {
  const folder here;
  shop with;
  shop other;
  must(archive_streams(*other.store, here / "old.jsonl", {}));
  must_commit(
    *with.store,
    write_of(with.ids, {stream_of("order-2").at(head_of(*with.store, "order-2")).event("opened")}));
  const auto done = must(archive_streams(*with.store, here / "old.jsonl", {}));
  BOOST_TEST(done.payloads == 24);
  BOOST_TEST(done.left == 1);
  BOOST_TEST((read_all(*with.store, "order-2").events.front().encoding == encoding::json));
  must(restore_archive(*with.store, here / "old.jsonl"));
  BOOST_TEST(missing(*with.store) == 0);
}

BOOST_AUTO_TEST_CASE(an_archive_is_restored_wherever_its_file_is_and_only_with_that_file) {
  const folder here;
  const shop with;
  must(archive_streams(*with.store, here / "old.jsonl.gz", {.which = {.glob = "order-[024]"}}));
  std::filesystem::rename(here / "old.jsonl.gz", here / "moved.gz");
  const shop other{4};
  must(archive_streams(*other.store, here / "old.jsonl.gz", {}));
  must_fail(restore_archive(*with.store, here / "old.jsonl.gz"), errc::codec_failed,
            "it is another file; find the right one");
  must(restore_archive(*with.store, here / "moved.gz"));
  BOOST_TEST(missing(*with.store) == 0);
  must_fail(restore_archive(*with.store, here / "moved.gz"), errc::not_found,
            "it was restored before");
}

BOOST_AUTO_TEST_CASE(of_a_file_that_is_there_only_what_was_asked_for_goes) {
  const folder here;
  const shop with;
  must(archive_streams(*with.store, here / "old.jsonl", {.which = {.glob = "order-[024]"}}));
  must(restore_archive(*with.store, here / "old.jsonl"));
  const auto done =
    must(archive_streams(*with.store, here / "old.jsonl", {.which = {.prefix = "order-4"}}));
  BOOST_TEST(done.payloads == 6);
  BOOST_TEST(done.left == 2);
  BOOST_TEST(missing(*with.store) == 6);
  BOOST_TEST((read_all(*with.store, "order-0").events.front().encoding == encoding::json));
}

BOOST_AUTO_TEST_CASE(restoring_that_was_stopped_is_repeated) {
  const folder here;
  const shop with{40, 1'000};
  must(archive_streams(*with.store, here / "old.jsonl", {}));
  std::stop_source source;
  transfer_options options;
  options.stop = source.get_token();
  options.progress = [&](std::uint64_t, std::uint64_t) { source.request_stop(); };
  must_fail(restore_archive(*with.store, here / "old.jsonl", options), errc::shutting_down,
            "payloads are back; the same command goes on");
  BOOST_TEST(missing(*with.store) > 0);
  BOOST_TEST(missing(*with.store) < 20 * 1'001);
  must(restore_archive(*with.store, here / "old.jsonl"));
  BOOST_TEST(missing(*with.store) == 0);
}

// When the rest of it came back before the payloads go, that would go too, and be in no file.
BOOST_AUTO_TEST_CASE(a_stream_that_is_partly_in_another_archive_is_left_alone) {
  const folder here;
  const shop with{2}; // the first one is closed
  const auto whole = read_all(*with.store, "order-0");
  must(archive_streams(*with.store, here / "one.jsonl", {}));
  must(with.store->maintenance().unarchive((here / "one.jsonl").string(),
                                           std::span{whole.events}.first(2)));
  BOOST_TEST(missing(*with.store) == 4);
  BOOST_TEST(must(archive_streams(*with.store, here / "two.jsonl", {})).file.streams == 0);
  BOOST_TEST(missing(*with.store) == 4);
  BOOST_TEST(!std::filesystem::exists(here / "two.jsonl"));
}

BOOST_AUTO_TEST_CASE(the_name_of_an_archive_that_went_away_is_not_given_again) {
  const folder here;
  const shop with;
  const auto file = here / "old.jsonl";
  must(archive_streams(*with.store, file, {.which = {.prefix = "order-0"}}));
  std::filesystem::rename(file, here / "moved.jsonl");
  must_fail(archive_streams(*with.store, file, {}), errc::invalid_argument,
            "old.jsonl, which is not there any more; put it back, or name another file");
  BOOST_TEST(!std::filesystem::exists(file));
  BOOST_TEST(missing(*with.store) == 6);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_made_before_takes_no_other_streams) {
  const folder here;
  const shop with;
  const auto file = here / "old.jsonl";
  must(archive_streams(*with.store, file, {.which = {.prefix = "order-0"}}));
  must_fail(archive_streams(*with.store, file, {.which = {.prefix = "order-2"}}),
            errc::invalid_argument, "1 closed streams are not in it: name another file");
  BOOST_TEST(missing(*with.store) == 6);
  BOOST_TEST(must(archive_streams(*with.store, file, {.which = {.prefix = "order-0"}})).payloads
             == 0);
}

BOOST_AUTO_TEST_CASE(a_name_that_no_store_takes_is_refused_before_anything_is_written) {
  const folder here;
  const shop with{2};
  must_fail(archive_streams(*with.store, here / "old\xFF.jsonl", {}), errc::invalid_argument,
            "the name of a archive is valid UTF-8");
  BOOST_TEST(!std::filesystem::exists(here / "old\xFF.jsonl"));
  BOOST_TEST(missing(*with.store) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_in_the_store_is_told_and_leaves_no_file) {
  const folder here;
  const shop with;
  damaged_store store{with.store};
  must_fail(archive_streams(store, here / "old.jsonl", {}), errc::store_corrupt,
            "the event at position 1 cannot be written: ");
  BOOST_TEST(!std::filesystem::exists(here / "old.jsonl"));
  BOOST_TEST(!std::filesystem::exists(here / "old.jsonl.partial"));
  BOOST_TEST(missing(*with.store) == 0);
}

BOOST_AUTO_TEST_CASE(an_export_goes_on_while_an_archive_is_restored) {
  const folder here;
  const shop with;
  must(export_log(*with.store, here / "before.jsonl"));
  must(archive_streams(*with.store, here / "old.jsonl", {}));
  restored_store store{with.store, here / "old.jsonl"};
  must(export_log(store, here / "log.jsonl"));
  BOOST_TEST(missing(*with.store) == 0);
  BOOST_TEST((read_file(here / "log.jsonl") == read_file(here / "before.jsonl")));
}

BOOST_AUTO_TEST_CASE(an_exported_log_knows_its_archives) {
  const folder here;
  const shop with;
  must(archive_streams(*with.store, here / "a.jsonl", {.which = {.prefix = "order-0"}}));
  must(archive_streams(*with.store, here / "b.jsonl", {.which = {.prefix = "order-4"}}));
  must(export_log(*with.store, here / "log.jsonl"));
  const auto copy = empty_store();
  must(import_log(here / "log.jsonl", *copy));
  BOOST_TEST(missing(*copy) == 12);
  BOOST_TEST(
    (must(copy->maintenance().list_archives()) == must(with.store->maintenance().list_archives())));
  must(restore_archive(*copy, here / "a.jsonl"));
  must(restore_archive(*copy, here / "b.jsonl"));
  BOOST_TEST(missing(*copy) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
