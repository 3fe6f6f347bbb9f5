#include "support/child.hpp"
#include "support/wait_until.hpp"

#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/postgres_server.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace eventcore;
using namespace eventcore::testing;
namespace fs = std::filesystem;

// The throwaway server itself: that it is there when it says so, and leaves nothing behind.

namespace {

/// One for all cases that leave it running.
struct shared {
  shared() {
    static const auto started = must(postgres_server::start());
    server = started.get();
  }

  postgres_server* server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(throwaway_server, shared)

BOOST_AUTO_TEST_CASE(it_is_reached_over_tcp_and_over_its_socket) {
  for (const auto& url : {server->url(), server->socket_url()})
    BOOST_TEST(postgres_connection{url}.ask("SELECT current_user") == "eventcore");
  BOOST_TEST(server->url().contains(":" + std::to_string(server->port()) + "/"));
}

BOOST_AUTO_TEST_CASE(it_runs_without_root_and_with_the_servers_defaults) {
  struct ::stat running{};
  BOOST_REQUIRE(::stat(("/proc/" + std::to_string(server->pid())).c_str(), &running) == 0);
  BOOST_TEST(running.st_uid != 0U);
  BOOST_TEST(server->ask("SHOW fsync") == "on");
  BOOST_TEST(server->ask("SHOW synchronous_commit") == "on");
  BOOST_TEST(server->ask("SHOW full_page_writes") == "on");
  BOOST_TEST(server->ask("SHOW server_encoding") == "UTF8");
}

BOOST_AUTO_TEST_CASE(what_was_committed_survives_every_way_of_ending_it) {
  server->create_database("a \"strange\" name");
  const auto count = [&](const char* sql) { return server->ask(sql, "a \"strange\" name"); };
  server->run("CREATE TABLE t (n int)", "a \"strange\" name");
  int written = 0;
  const auto write = [&] {
    server->run("INSERT INTO t VALUES (1)", "a \"strange\" name");
    ++written;
  };
  for (const auto how : {postgres_server::shutdown::smart, postgres_server::shutdown::fast,
                         postgres_server::shutdown::immediate}) {
    write();
    const auto port = server->port();
    server->restart(how);
    BOOST_TEST(server->port() == port);
    BOOST_TEST(count("SELECT count(*) FROM t") == std::to_string(written));
  }
  write();
  auto open_connection = server->connect();
  server->kill();
  BOOST_TEST(server->pid() == -1);
  BOOST_CHECK_THROW(open_connection.run("SELECT 1"), std::runtime_error);
  BOOST_CHECK_THROW(server->connect(), std::runtime_error);
  server->start_again();
  BOOST_TEST(count("SELECT count(*) FROM t") == std::to_string(written));
}

// Fails when the server is bound to the thread that started it.
BOOST_AUTO_TEST_CASE(a_thread_that_starts_it_again_may_end) {
  std::jthread{[&] { server->restart(postgres_server::shutdown::immediate); }}.join();
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(server->ask("SELECT 1") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(its_folder_goes_with_it) {
  auto server = must(postgres_server::start());
  const auto folder = server->directory();
  const auto postmaster = server->pid();
  BOOST_TEST(fs::exists(folder));
  server.reset();
  BOOST_TEST(!fs::exists(folder));
  BOOST_TEST(::kill(postmaster, 0) != 0);
}

BOOST_AUTO_TEST_CASE(it_goes_when_its_program_is_killed) {
  std::string folder;
  ::pid_t postmaster = 0;
  {
    support::child killed{[](const auto& say, const auto& wait) {
      const auto server = must(postgres_server::start());
      say(std::to_string(server->pid()) + " " + server->directory().string());
      wait();
    }};
    const auto said = killed.hear();
    folder = said.substr(said.find(' ') + 1);
    postmaster = std::stoi(said);
    BOOST_REQUIRE(fs::exists(folder));
  }
  support::wait_until("the server's end", [&] {
    return !fs::exists(folder) && !fs::exists("/proc/" + std::to_string(postmaster) + "/exe");
  });
}

BOOST_AUTO_TEST_CASE(a_forked_child_that_ends_leaves_it_running) {
  auto server = must(postgres_server::start());
  support::child ending{[&](const auto& say, const auto&) {
    server.reset();
    say("ended");
  }};
  BOOST_TEST(ending.hear() == "ended");
  BOOST_TEST(server->ask("SELECT 1") == "1");
}

BOOST_AUTO_TEST_CASE(it_takes_settings_and_with_a_password_lets_nobody_in_without) {
  const auto server =
    must(postgres_server::start({.settings = {"work_mem = '7MB'"}, .password = "p@ss/w%rd"}));
  BOOST_TEST(server->ask("SHOW work_mem") == "7MB");
  BOOST_TEST(server->ask("SELECT 1") == "1");
  BOOST_TEST(postgres_connection{server->url()}.ask("SELECT 1") == "1");
  BOOST_CHECK_THROW(postgres_connection{"postgresql://eventcore@127.0.0.1:"
                                        + std::to_string(server->port()) + "/postgres"},
                    std::runtime_error);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_told) {
  const auto failed = must_fail(postgres_server::start({.settings = {"no_such_setting = 1"}}),
                                errc::store_unavailable, "no_such_setting");
  BOOST_TEST(failed.detail.contains("the server does not start"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_told) {
  const auto failed =
    must_fail(postgres_server::start({.parent = "/nowhere"}), errc::store_unavailable);
  BOOST_TEST(failed.detail.contains("/nowhere/"), failed.detail);
}
