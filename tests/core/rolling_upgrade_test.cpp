#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/run.hpp>
#include <eventcore/stores/sqlite.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/upcasting.hpp>

#include <filesystem>
#include <map>

#include <boost/test/unit_test.hpp>

// Two versions of one program use one database at the same time, as they do while it is rolled out.
namespace {

namespace ec = eventcore;
using namespace ec::testing;

namespace older {

struct deposited {
  static constexpr std::string_view name = "deposited";
  std::int64_t euros = 0;
};
BOOST_DESCRIBE_STRUCT(deposited, (), (euros))

struct noted {
  static constexpr std::string_view name = "noted";
  std::string text;
};
BOOST_DESCRIBE_STRUCT(noted, (), (text))

struct purse {
  static constexpr std::string_view kind = "purse";
  using events = ec::events<deposited, noted>;
  std::int64_t euros = 0;
  void apply(const deposited& e) { euros += e.euros; }
  void apply(const noted&) {}
};
BOOST_DESCRIBE_STRUCT(purse, (), (euros))

struct deposit {
  ec::stream<purse> to;
  std::int64_t euros = 0;
  auto handle(const purse&) const -> ec::result<deposited> { return deposited{euros}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, euros))

struct move {
  ec::stream<purse> from;
  ec::stream<purse> to;
  auto handle(const purse&, const purse&, ec::emit<move>& emit) const -> ec::result<> {
    emit.to(from, deposited{-1});
    emit.to(to, deposited{1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(move, (), (from, to))

struct sums {
  static constexpr std::string_view name = "older_sums";
  using streams = ec::kinds<purse>;
  std::map<std::string, std::int64_t> euros;
  void apply(const deposited& e, const ec::event_info& about) {
    euros[std::string{about.key()}] += e.euros;
  }
  void apply(const noted&) {}
};

struct notes {
  static constexpr std::string_view name = "older_notes";
  using streams = ec::kinds<purse>;
  int count = 0;
  void apply(const noted&) { ++count; }
};

} // namespace older

namespace newer {

struct deposited {
  static constexpr std::string_view name = "paid_in";
  static constexpr std::array<std::string_view, 1> aliases{"deposited"};
  static constexpr std::uint32_t type_version = 2;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(deposited, (), (cents))

struct noted {
  static constexpr std::string_view name = "noted";
  std::string text;
  std::optional<std::string> by;
  std::int64_t weight = 1;
  using added_later = ec::defaults<&noted::weight>;
};
BOOST_DESCRIBE_STRUCT(noted, (), (text, by, weight))

void to_cents(boost::json::object& payload) {
  payload["cents"] = payload.at("euros").as_int64() * 100;
  payload.erase("euros");
}

struct purse {
  static constexpr std::string_view kind = "purse";
  using events = ec::events<deposited, noted>;
  static constexpr std::array upcasters{ec::upcaster::step("paid_in", 1, &to_cents)};
  std::int64_t cents = 0;
  std::int64_t weight = 0;
  void apply(const deposited& e) { cents += e.cents; }
  void apply(const noted& e) { weight += e.weight; }
};
BOOST_DESCRIBE_STRUCT(purse, (), (cents, weight))

struct deposit {
  ec::stream<purse> to;
  std::int64_t cents = 0;
  auto handle(const purse&) const -> ec::result<deposited> { return deposited{cents}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, cents))

struct note {
  ec::stream<purse> to;
  std::string text;
  auto handle(const purse&) const -> ec::result<noted> { return noted{text, "me", 3}; }
};
BOOST_DESCRIBE_STRUCT(note, (), (to, text))

struct sums {
  static constexpr std::string_view name = "newer_sums";
  using streams = ec::kinds<purse>;
  std::map<std::string, std::int64_t> cents;
  void apply(const deposited& e, const ec::event_info& about) {
    cents[std::string{about.key()}] += e.cents;
  }
};

} // namespace newer

/// One file, opened by both programs.
struct rollout {
  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("eventcore-rollout-" + std::to_string(::getpid()));
  std::shared_ptr<ec::event_store> old_store;
  std::shared_ptr<ec::event_store> new_store;

  rollout() {
    std::filesystem::create_directories(path);
    old_store = ec::unwrap(ec::sqlite::open(path / "purses.db"));
    new_store = ec::unwrap(ec::sqlite::open(path / "purses.db"));
  }
  rollout(const rollout&) = delete;
  auto operator=(const rollout&) -> rollout& = delete;
  ~rollout() {
    old_store.reset();
    new_store.reset();
    std::filesystem::remove_all(path);
  }

  void old_deposits(std::string_view key, std::int64_t euros) {
    ec::unwrap(ec::execute(*old_store,
                           older::deposit{ec::unwrap(ec::stream<older::purse>::of(key)), euros}));
  }
  void new_deposits(std::string_view key, std::int64_t cents) {
    ec::unwrap(ec::execute(*new_store,
                           newer::deposit{ec::unwrap(ec::stream<newer::purse>::of(key)), cents}));
  }
  auto cents_of(std::string_view key) const -> std::int64_t {
    return ec::unwrap(ec::load(*new_store, ec::unwrap(ec::stream<newer::purse>::of(key))))
      .state.cents;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rolling_upgrade, rollout)

BOOST_AUTO_TEST_CASE(the_newer_program_reads_what_the_older_writes) {
  old_deposits("ann", 2);
  new_deposits("ann", 5);
  old_deposits("bob", 3);
  BOOST_TEST(cents_of("ann") == 205);
  BOOST_TEST(cents_of("bob") == 300);
  newer::sums sums;
  ec::unwrap(ec::run(*new_store, sums));
  BOOST_TEST(sums.cents["ann"] == 205);
  old_deposits("bob", 1);
  ec::unwrap(ec::run(*new_store, sums));
  BOOST_TEST(sums.cents["bob"] == 400);
}

BOOST_AUTO_TEST_CASE(the_older_program_fails_clearly_on_what_it_does_not_know) {
  old_deposits("ann", 2);
  new_deposits("ann", 5);
  const auto before = head_of(*old_store, "purse-ann");
  const auto failed =
    must_fail(ec::execute(*old_store, older::deposit{{"ann"}, 1}), ec::errc::codec_failed,
              "event 'paid_in' of stream purse-ann at position 2 (version 2) cannot be folded into "
              "'purse': the kind 'purse' of this program lists no event 'paid_in': a newer version "
              "of the program wrote it; update this one");
  BOOST_TEST(!ec::is_retriable(failed.code));
  BOOST_CHECK(head_of(*old_store, "purse-ann") == before);
}

BOOST_AUTO_TEST_CASE(the_older_program_writes_nothing_where_one_of_the_streams_is_newer) {
  old_deposits("ann", 2);
  new_deposits("bob", 5);
  must_fail(ec::execute(*old_store, older::move{{"ann"}, {"bob"}}), ec::errc::codec_failed,
            "purse-bob");
  BOOST_TEST(head_of(*old_store, "purse-ann").version.value == 1U);
  BOOST_TEST(ec::unwrap(old_store->read(ec::read_log{})).events.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_older_program_goes_on_with_other_streams) {
  new_deposits("ann", 5);
  old_deposits("bob", 1);
  old_deposits("cas", 2);
  ec::unwrap(ec::execute(*old_store, older::move{{"bob"}, {"cas"}}));
  BOOST_TEST(cents_of("cas") == 300);
  BOOST_TEST(cents_of("bob") == 0);
}

BOOST_AUTO_TEST_CASE(the_projection_of_the_older_program_stops_before_the_newer_event) {
  old_deposits("ann", 2);
  new_deposits("bob", 5);
  old_deposits("ann", 3);
  older::sums sums;
  const auto stopped = must_fail(ec::run(*old_store, sums), ec::errc::codec_failed,
                                 "event 'paid_in' of stream purse-bob at position 2");
  BOOST_TEST(stopped.detail.contains("update this one"));
  BOOST_TEST(sums.euros["ann"] == 2);
  const auto kept = ec::unwrap(old_store->load_checkpoint("older_sums"));
  BOOST_REQUIRE(kept);
  BOOST_TEST(kept->position.value == 1U);
}

BOOST_AUTO_TEST_CASE(a_projection_that_does_not_want_it_passes_the_newer_event) {
  new_deposits("bob", 5);
  ec::unwrap(ec::execute(*new_store, newer::note{{"bob"}, "hello"}));
  older::notes notes;
  const auto run = ec::unwrap(ec::run(*old_store, notes));
  BOOST_TEST(notes.count == 1);
  BOOST_TEST(run.reached.position.value == 2U);
}

BOOST_AUTO_TEST_CASE(members_that_may_be_missing_need_no_version) {
  ec::unwrap(ec::execute(*new_store, newer::note{{"ann"}, "hello"}));
  old_deposits("ann", 1);
  BOOST_TEST(cents_of("ann") == 100);
  const auto weight = [&] {
    return ec::unwrap(ec::load(*new_store, ec::stream<newer::purse>{"ann"})).state.weight;
  };
  BOOST_TEST(weight() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
