#include "actors/support/transfers.hpp"
#include "support/environment.hpp"

#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

// The runtime on real threads: nobody chooses here who runs when, so a failure may not come again with
// the same seed. `EVENTCORE_FIRST_SEED=4711` chooses the faults, `EVENTCORE_COMMANDS=100000` runs more
// commands.
namespace {

using namespace transfers;
using support::number_from;

/// In memory where there is a file system for that.
class folder {
public:
  folder() {
    const std::filesystem::path memory{"/dev/shm"};
    auto pattern =
      ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path())
       / "eventcore-threads-XXXXXX")
        .string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error{"no folder for the test's database: " + pattern};
    path_ = pattern;
  }
  folder(const folder&) = delete;
  auto operator=(const folder&) -> folder& = delete;
  ~folder() {
    std::error_code ignored; // what is left lies in a temporary folder
    std::filesystem::remove_all(path_, ignored);
  }

  auto file() const -> std::filesystem::path { return path_ / "store.db"; }

private:
  std::filesystem::path path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(what_was_told_is_in_the_log_in_memory) {
  run_with_faults(ec::memory::open(), 5'000);
}

BOOST_AUTO_TEST_CASE(what_was_told_is_in_the_log_in_sqlite) {
  const folder in;
  run_with_faults(ec::unwrap(ec::sqlite::open(in.file())), 5'000);
}

// Nobody conflicts with anybody: who decides later appends later.
BOOST_AUTO_TEST_CASE(without_strangers_each_command_takes_one_attempt) {
  const auto store = ec::memory::open();
  fill_accounts(*store);
  verdict found;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto runtime = ec::unwrap(ec::runtime::start(system, store, quick_settings()));
    clients all{runtime, {.name = "client", .commands = number_from("EVENTCORE_COMMANDS", 5'000)}};
    all.join();
    runtime.stop();
    judge(all, read_all(*store), found);
    all.for_each([&](const std::string& name, const asked& one) {
      if (!*one.outcome || (*one.outcome)->attempts != 1)
        found.wrong.push_back(name + " did not succeed at once");
    });
  }
  check(found);
  check_money(*store);
}

// Threads of a program may live on after the actor system.
BOOST_AUTO_TEST_CASE(who_stops_a_runtime_may_outlive_the_actor_system) {
  std::binary_semaphore stopped{0};
  std::binary_semaphore system_gone{0};
  std::jthread stops;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto runtime = ec::unwrap(ec::runtime::start(system, ec::memory::open(), quick_settings()));
    stops = std::jthread{[&] {
      runtime.stop();
      stopped.release();
      system_gone.acquire();
    }};
    stopped.acquire();
  }
  system_gone.release();
  BOOST_TEST(true); // else this is never reached
}

// Each is a stranger to the other, with all that makes them race: threads, connections, waiting for the
// lock.
BOOST_AUTO_TEST_CASE(two_runtimes_share_a_file) {
  const folder in;
  run_two(ec::unwrap(ec::sqlite::open(in.file())), ec::unwrap(ec::sqlite::open(in.file())), 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
