#include "stores/postgres_backend.hpp"

#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;

// The drill: what pg_dump writes is a store again, and whoever knew the newer one notices.

namespace {

struct drill {
  drill() {
    static int made = 0;
    name = "drill_" + std::to_string(++made);
    restored = name + "_restored";
    server.create_database(name);
    server.create_database(restored);
    store = must(postgres::open(server.url(name)));
    dump = server.directory() / (name + ".dump");
  }

  ~drill() {
    store.reset();
    server.run("DROP DATABASE " + name + " WITH (FORCE)");
    server.run("DROP DATABASE " + restored + " WITH (FORCE)");
    std::filesystem::remove(dump);
  }

  /// What the store says is to be done for a backup.
  void back_up() const {
    const auto told = store->maintenance().back_up(dump, {}).error().detail;
    const auto command = told.substr(told.find("pg_dump"));
    BOOST_REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
  }

  /// As the manual says.
  void load_into(const std::string& database, const std::string& options = "") const {
    const auto command = fmt::format("pg_restore --exit-on-error {} --dbname='{}' '{}'", options,
                                     server.url(database), dump.native());
    BOOST_REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
  }

  postgres_server& server = shared_server();
  std::string name;
  std::string restored;
  std::filesystem::path dump;
  std::shared_ptr<event_store> store;
  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backups, drill)

BOOST_AUTO_TEST_CASE(a_dump_that_is_loaded_elsewhere_is_the_same_log) {
  auto set = write_of(
    ids,
    {stream_of("a-1").event("e", R"({"text": "it's \\"})").bytes("f", std::string{"\0\\\n", 3}),
     stream_of("b-1").event("e").event(std::string{closed_event})});
  set.request = {must(request_id::of("orders/1")), digest_command("test", "{}")};
  must_commit(*store, set);
  const expectation closed{must(stream_id::of("b-1")), head_after(set, "b-1")};
  const auto whole = read_all(*store, "b-1");
  must(store->maintenance().archive({.file = "old.json", .checksum = "c", .made_at = {}},
                                    {&closed, 1}));
  BOOST_TEST(must(store->save_snapshot({.stream = must(stream_id::of("a-1")),
                                        .view = "a",
                                        .fold = "1",
                                        .head = head_after(set, "a-1"),
                                        .payload = "{}"})));
  const auto before = read_log_of(*store);
  back_up();
  load_into(restored);

  const auto copy = must(postgres::open(server.url(restored), {.migrate = false}));
  check_healthy(*copy);
  const auto after = read_log_of(*copy);
  BOOST_CHECK(after.head == before.head);
  BOOST_REQUIRE(after.events.size() == before.events.size());
  for (std::size_t i = 0; i < after.events.size(); ++i) {
    BOOST_TEST(after.events[i].payload == before.events[i].payload);
    BOOST_CHECK(after.events[i].encoding == before.events[i].encoding);
    BOOST_CHECK(after.events[i].recorded_at == before.events[i].recorded_at);
  }
  BOOST_CHECK(must(copy->load_snapshot(must(stream_id::of("a-1")), "a")).has_value());
  must_repeat(*copy, set);
  must_commit(*copy, write_of(ids, {stream_of("a-2").event("e")}));
  BOOST_TEST(must(copy->maintenance().unarchive("old.json", whole.events)) == 1U);
  BOOST_CHECK(must(copy->maintenance().list_archives()).size() == 1U);
  const expectation again{closed.stream, head_of(*copy, "b-1")};
  BOOST_TEST(must(copy->maintenance().archive({.file = "new.json", .checksum = "c", .made_at = {}},
                                              {&again, 1}))
             == 1U); // the next key
  check_healthy(*copy);
}

// R18: the program runs on while an older state takes the place of what it wrote and read.
BOOST_AUTO_TEST_CASE(a_running_program_notices_that_an_older_backup_took_the_place) {
  const auto first = write_of(ids, {stream_of("a-1").event("e")});
  must_commit(*store, first);
  back_up();
  const auto lost = write_of(ids, {stream_of("a-1").at(head_after(first, "a-1")).event("lost")});
  must_commit(*store, lost);
  must(store->save_checkpoint("mail", {{2}, lost.commit}));
  const checkpoint read{{2}, lost.commit};

  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name
             + "' AND pid <> pg_backend_pid()");
  load_into(name, "--clean --if-exists");

  const auto other = write_of(ids, {stream_of("a-2").event("e")});
  auto outcome = store->append(other);
  if (must_be<failure>(outcome).code == errc::store_unavailable) // the broken connection is noticed
    outcome = store->append(other);
  BOOST_CHECK(must_be<failure>(outcome).code == errc::log_rewound);
  must_fail(store->save_checkpoint("mail", read), errc::log_rewound, "mail");
  BOOST_TEST(types_in(read_log_of(*store).events) == "e");

  const auto anew = must(postgres::open(server.url(name)));
  check_healthy(*anew);
  must_commit(*anew, other);
}

BOOST_AUTO_TEST_SUITE_END()
