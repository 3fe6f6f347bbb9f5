#include "stores/sqlite_backend.hpp"
#include "support/meters.hpp"
#include "support/snapshot_store.hpp"

#include <eventcore/load.hpp>
#include <eventcore/snapshot_state.hpp>
#include <eventcore/snapshots.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>
#include <eventcore/testing/ids.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

// Whatever happens to a stream and to its snapshots: what is loaded is the fold of its events.
using namespace meters;

namespace {

using ec::testing::must;

/// A new, empty store each time.
struct in_memory {
  static auto open() -> std::shared_ptr<ec::event_store> { return ec::memory::open(); }
};

struct in_file {
  auto open() -> std::shared_ptr<ec::event_store> {
    files.push_back(std::make_unique<sqlite_backend>());
    return must(files.back()->open({}));
  }
  std::vector<std::unique_ptr<sqlite_backend>> files;
};

enum class corruption : std::uint8_t { none, bits, cut, fold, commit, version, far_ahead };

/// A state that is certainly not the right one, well-formed in all that a snapshot says of itself.
auto wrong_payload(std::string_view view) -> std::string {
  const auto seal = [](const ec::view_type& type, std::shared_ptr<const void> state) {
    return must(ec::make_snapshot(ec::stream<meter>{"1"}.id(), type, {{}, std::move(state)}))
      .payload;
  };
  if (view == "meter")
    return seal(ec::view_type_of<meter>, std::make_shared<meter>(meter{.count = 4'711}));
  return seal(ec::view_type_of<meter, sum_of>, std::make_shared<sum_of>(sum_of{.sum = 4'711}));
}

/// A stream whose snapshots lie outside of the store, where nobody checks them but who loads. All
/// that happens is told by numbers that rapidcheck makes up.
template <class Backend>
class history {
public:
  explicit history(std::uint64_t every) : every_{every} {
    store_ = std::make_shared<support::snapshot_store>(backend_.open());
    store_->on_save = [this](const ec::snapshot& made) {
      auto& kept = snapshots_[made.view];
      const bool is_newer = !kept || kept->head.version <= made.head.version;
      if (is_newer)
        kept = made;
      return ec::result<bool>{is_newer};
    };
  }

  void act(std::uint8_t what, std::uint8_t how) {
    switch (what % 8) {
    case 0:
    case 1:
    case 2:
      return append(how);
    case 3:
      return take_snapshots(how);
    case 4:
      return corrupt(how);
    case 5:
      return restore_backup(how);
    case 6:
      snapshots_.erase(how % 2 == 0 ? "meter" : "sum_of");
      return;
    default:
      every_ = 1 + how % 20; // another program, or the same one with other settings
    }
  }

  void check() {
    ec::snapshots none{*store_, {.every = 0}, {}, ec::snapshots::works::when_told};
    const auto with = load(*keeper());
    const auto without = load(none);
    meter expected;
    sum_of sum;
    for (const auto& [set, numbers] : commits_)
      for (const auto n : numbers) {
        expected.apply(counted{n});
        sum.apply(counted{n});
      }
    for (const auto& states : {with, without}) {
      RC_ASSERT(*static_cast<const meter*>(states[0].value.get()) == expected);
      RC_ASSERT(*static_cast<const sum_of*>(states[1].value.get()) == sum);
      RC_ASSERT(states[0].head == head_);
      RC_ASSERT(states[1].head == head_);
    }
  }

private:
  void append(std::uint8_t how) {
    std::vector<std::uint64_t> numbers(1 + how % 13);
    for (auto& n : numbers)
      n = next_++;
    auto events = ec::testing::stream_of{stream_.id()};
    events.at(head_);
    for (const auto n : numbers)
      events.event("counted", fmt::format(R"({{"n":{}}})", n));
    commits_.emplace_back(ec::testing::write_of(ids_, {events}), numbers);
    write_last();
  }

  void write_last() {
    const auto& set = commits_.back().first;
    ec::testing::must_commit(*store_, set);
    head_ = ec::testing::head_after(set, stream_.id().text());
  }

  auto keeper() -> std::unique_ptr<ec::snapshots> {
    return std::make_unique<ec::snapshots>(*store_, ec::snapshot_policy{.every = every_},
                                           ec::snapshot_hooks{}, ec::snapshots::works::when_told);
  }

  auto load(ec::snapshots& kept) -> std::vector<ec::stream_state> {
    const std::vector<ec::wanted_state> wanted{{stream_.id(), &ec::view_type_of<meter>},
                                               {stream_.id(), &ec::view_type_of<meter, sum_of>}};
    store_->on_load = [this, asked = 0](auto& found) mutable {
      found = snapshots_[asked++ % 2 == 0 ? "meter" : "sum_of"];
    };
    return must(ec::load_states(*store_, wanted, &kept));
  }

  void take_snapshots(std::uint8_t how) {
    const auto kept = keeper();
    const auto states = load(*kept);
    if (how % 3 != 0) // now, not only when they are due
      kept->offer(stream_.id(), ec::view_type_of<meter>, states[0]);
    if (how % 3 == 2)
      kept->offer(stream_.id(), ec::view_type_of<meter, sum_of>, states[1]);
    kept->flush();
  }

  void corrupt(std::uint8_t how) {
    auto& kept = snapshots_[how % 2 == 0 ? "meter" : "sum_of"];
    if (!kept)
      return;
    auto& payload = kept->payload;
    switch (static_cast<corruption>(how / 2 % 7)) {
    case corruption::none:
      return;
    case corruption::bits:
      payload[how % payload.size()] ^= static_cast<char>(1 << (how % 7));
      return;
    case corruption::cut:
      payload.resize(payload.size() / (1 + how % 3));
      return;
    case corruption::fold: // it was made by an `apply` that did something else
      kept->fold = "1" + kept->fold;
      payload = wrong_payload(kept->view);
      return;
    case corruption::commit:
      kept->head.commit = ids_.next_commit();
      payload = wrong_payload(kept->view);
      return;
    case corruption::version:
      kept->head.version.value += 1 + how % 3;
      payload = wrong_payload(kept->view);
      return;
    case corruption::far_ahead:
      kept->head.version.value += 10'000;
      payload = wrong_payload(kept->view);
      return;
    }
  }

  /// The log loses its end, but not its snapshots.
  void restore_backup(std::uint8_t how) {
    const auto all = std::exchange(commits_, {});
    head_ = {};
    store_->exchange(backend_.open());
    for (std::size_t i = 0; i < all.size() * (how % 11) / 10 && i < all.size(); ++i) {
      commits_.push_back(all[i]);
      write_last();
    }
  }

  Backend backend_;
  std::shared_ptr<support::snapshot_store> store_;
  std::map<std::string, std::optional<ec::snapshot>, std::less<>> snapshots_;
  ec::testing::sequential_ids ids_;
  ec::stream<meter> stream_{"1"};
  ec::stream_head head_{};
  std::vector<std::pair<ec::write_set, std::vector<std::uint64_t>>> commits_;
  std::uint64_t every_;
  std::uint64_t next_ = 1;
};

template <class Backend>
void check_histories(std::size_t acts) {
  BOOST_TEST(rc::check("what is loaded is the fold of the events", [&] {
    history<Backend> one{*rc::gen::inRange<std::uint64_t>(1, 40)};
    const auto count = *rc::gen::inRange<std::size_t>(1, acts);
    for (std::size_t i = 0; i < count; ++i) {
      one.act(*rc::gen::arbitrary<std::uint8_t>(), *rc::gen::arbitrary<std::uint8_t>());
      one.check();
    }
  }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshot_properties)

BOOST_AUTO_TEST_CASE(snapshots_change_nothing_in_memory) { check_histories<in_memory>(80); }

BOOST_AUTO_TEST_CASE(snapshots_change_nothing_in_sqlite) { check_histories<in_file>(25); }

// The same with what lies in the file itself, behind the store's back.
BOOST_AUTO_TEST_CASE(damaged_rows_and_restored_backups_change_nothing) {
  sqlite_backend file;
  ec::testing::sequential_ids ids;
  const ec::stream<meter> stream{"1"};
  ec::stream_head head;
  meter expected;
  std::shared_ptr<ec::event_store> store;
  const auto reopen = [&] {
    store.reset();
    store = must(file.open({}));
  };
  const auto grow = [&](std::uint64_t from) {
    std::vector<std::uint64_t> numbers(20, from);
    head = commit(*store, ids, stream.id(), head, numbers);
    for (const auto n : numbers)
      expected.apply(counted{n});
  };
  const auto check = [&] {
    ec::snapshots kept{*store, {.every = 10}, {}, ec::snapshots::works::when_told};
    const ec::wanted_state wanted{stream.id(), &ec::view_type_of<meter>};
    const auto loaded = must(ec::load_states(*store, {&wanted, 1}, &kept));
    BOOST_TEST((*static_cast<const meter*>(loaded[0].value.get()) == expected));
    BOOST_TEST((loaded[0].head == head));
    kept.flush();
  };
  const auto kept_at = [&] {
    const auto kept = must(store->load_snapshot(stream.id(), "meter"));
    return kept ? kept->head.version.value : 0;
  };
  reopen();
  grow(1);
  grow(2);
  check();
  BOOST_TEST(kept_at() == 40U);
  for (const auto* damage : {
         "UPDATE snapshots SET payload = CAST(replace(CAST(payload AS TEXT), '40', '41') AS BLOB)",
         "UPDATE snapshots SET fold = 'another'",
         "UPDATE snapshots SET version = 39, commit_id = randomblob(16)",
         "UPDATE snapshots SET version = 41",
         "UPDATE snapshots SET payload = x''",
         "DELETE FROM snapshots",
       }) {
    store.reset();
    file.run(damage);
    reopen();
    check();
    BOOST_TEST(kept_at() == 40U, damage);
    check();
  }

  const auto backup = file.directory / "backup.db";
  store.reset();
  file.run("PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::copy_file(file.file(), backup);
  const auto then = std::pair{head, expected};
  reopen();
  grow(3);
  check();
  BOOST_TEST(kept_at() == 60U);
  store.reset();
  // The backup comes back, and with it the snapshot of what it has lost: by another tool, say.
  file.run(
    fmt::format("ATTACH '{}' AS b; DELETE FROM b.snapshots; INSERT INTO b.snapshots SELECT * "
                "FROM snapshots",
                backup.string())
      .c_str());
  for (const auto* suffix : {"-wal", "-shm"})
    std::filesystem::remove(file.file().string() + suffix);
  std::filesystem::copy_file(backup, file.file(),
                             std::filesystem::copy_options::overwrite_existing);
  std::tie(head, expected) = then;
  reopen();
  BOOST_TEST(kept_at() == 0U); // it is not of this log
  check();
  BOOST_TEST(kept_at() == 40U);
  grow(4);
  check();
  BOOST_TEST(kept_at() == 60U);
}

BOOST_AUTO_TEST_SUITE_END()
