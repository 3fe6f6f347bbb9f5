#include "locked_server.hpp"

#include "eventcore/testing/builders.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace locked_server_support;
namespace fs = std::filesystem;

// What people are told who name a server, a database or a user that is not there, or that may not do
// what they want: one clear line, and no password in it.

BOOST_FIXTURE_TEST_SUITE(messages, locked)

// -- getting in ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_right_password_opens_whatever_is_in_it) {
  for (const auto& url : {server.url(database), server.socket_url(database)})
    must_commit(*must(postgres::open(url)),
                write_of(ids, {stream_of(fmt::format("a-{}", url.size())).event("e")}));
  const auto keywords = fmt::format("postgresql:host=127.0.0.1 port={} user=eventcore dbname={} "
                                    "password='Ge\\'heim%/@:\\\\ wort'",
                                    server.port(), database);
  BOOST_TEST(must(must(postgres::open(keywords))->head()).position.value == 2U);
  auto short_scheme = server.url(database);
  short_scheme.replace(0, 10, "postgres");
  backends known;
  postgres::add_to(known);
  BOOST_TEST(must(must(known.open(short_scheme))->head()).position.value == 2U);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_told_and_does_not_appear) {
  auto url = server.url(database);
  const auto at = url.find('@');
  url.insert(at, "geheim");
  const auto failed = failure_at(url);
  CHECK_FAILURE(failed, errc::invalid_argument, "does not let user 'eventcore' in");
  BOOST_TEST(failed.detail.contains(fmt::format("127.0.0.1:{}", server.port())));
  CHECK_FAILURE(
    failure_at(fmt::format("postgresql://eventcore@127.0.0.1:{}/{}", server.port(), database)),
    errc::invalid_argument, "eventcore");
  CHECK_FAILURE(failure_at(url_of("nobody_known")), errc::invalid_argument, "'nobody_known'");
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_there_is_told) {
  CHECK_FAILURE(failure_at(server.url("no_such_database")), errc::not_found,
                "there is no database 'no_such_database'");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_there_is_told) {
  const auto failed = failure_at("postgresql://eventcore@no-such-host.invalid/bank");
  BOOST_TEST(failed.detail.contains("no-such-host.invalid"));
  // Where there is no name service, nobody can say that there is no such host.
  BOOST_CHECK(failed.code == errc::not_found || failed.code == errc::store_unavailable);
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_answers_is_told) {
  auto url = server.url(database);
  const auto port = fmt::to_string(server.port());
  url.replace(url.find(port), port.size(), "1");
  const auto failed = failure_at(url);
  CHECK_FAILURE(failed, errc::store_unavailable, "127.0.0.1:1");
  BOOST_TEST(is_retriable(failed.code));
  const auto socket = failure_at("postgresql:host=/nowhere user=eventcore dbname=bank");
  CHECK_FAILURE(socket, errc::store_unavailable, "/nowhere");
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_is_given_up) {
  // It takes the connection and says nothing.
  const auto silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (silent < 0)
    throw std::runtime_error{"no socket"};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_REQUIRE(::bind(silent, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  BOOST_REQUIRE(::listen(silent, 8) == 0);
  BOOST_REQUIRE(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  store_settings settings;
  settings.postgres.connect_timeout = std::chrono::milliseconds{100};
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FAILURE(
    failure_at(fmt::format("postgresql://eventcore@127.0.0.1:{}/bank", ntohs(address.sin_port)),
               settings),
    errc::store_unavailable, "127.0.0.1");
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{15});
  ::close(silent);
}

// -- URLs and settings --------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_url_that_names_no_store_is_refused_and_nothing_of_its_password_shown) {
  for (const std::string url : {
         "postgresql:",
         "postgresql://u:geheim@[::1/bank",
         "postgresql://u:geheim%zz@host/bank",
         "postgresql://u:geheim@host:port/bank",
         "postgresql://u:geheim@host:70000/bank",
         "postgresql://u:geheim@host/bank?nonsense=1",
         "postgresql://u:geheim@host/bank?nonsense",
         "postgresql://u:geheim@host/bank?sslmode=geheim",
         "postgresql:host=x password='geheim",
         "postgresql:host=x password=geheim nonsense",
         "postgresql:host=x password=a geheim=1",
         "postgresql:password geheim",
       })
    CHECK_FAILURE(failure_at(url), errc::invalid_argument,
                  "write postgresql://user:password@host:port/database");
  CHECK_FAILURE(failure_at(std::string{"postgresql://u@h/b\0x", 20}), errc::invalid_argument,
                "NUL");
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_are_refused) {
  const auto refused_when = [&](auto change) {
    store_settings settings;
    change(settings.postgres);
    return failure_at(server.url(database), settings);
  };
  using std::chrono::milliseconds;
  for (const std::string& schema : {std::string{}, std::string{"pg_mine"}, std::string(64, 'x'),
                                    std::string{"\xFF"}, std::string{"a\0b", 3}})
    CHECK_FAILURE(refused_when([&](auto& with) { with.schema = schema; }), errc::invalid_argument,
                  "schema");
  for (const std::size_t connections : {0U, 2U, 1001U})
    CHECK_FAILURE(refused_when([&](auto& with) { with.connections = connections; }),
                  errc::invalid_argument, "3 to 1000");
  CHECK_FAILURE(refused_when([&](auto& with) { with.lock_timeout = milliseconds{0}; }),
                errc::invalid_argument, "lock timeout");
  CHECK_FAILURE(refused_when([&](auto& with) { with.connect_timeout = milliseconds{-1}; }),
                errc::invalid_argument, "connect timeout");
  CHECK_FAILURE(refused_when([&](auto& with) { with.statement_timeout = milliseconds{-1}; }),
                errc::invalid_argument, "statement timeout");
  CHECK_FAILURE(refused_when([&](auto& with) { with.poll_interval = milliseconds{0}; }),
                errc::invalid_argument, "poll interval");
}

// -- schemas ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_schema_that_is_not_there_is_told_when_none_may_be_made) {
  CHECK_FAILURE(failure_at(server.url(database), {.create = false}), errc::not_found, "eventcore");
  CHECK_FAILURE(failure_at(server.url(database), {.read_only = true}), errc::not_found,
                "eventcore");
  BOOST_TEST(server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'eventcore'", database)
             == "0");
}

BOOST_AUTO_TEST_CASE(a_database_of_another_encoding_is_refused) {
  server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  CHECK_FAILURE(failure_at(server.url("latin")), errc::schema_mismatch, "UTF");
  server.run("DROP DATABASE latin");
}

// -- TLS ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(encryption_that_the_server_does_not_have_is_told) {
  const auto failed = failure_at(server.url(database) + "?sslmode=require");
  CHECK_FAILURE(failed, errc::store_unavailable, "SSL");
}

BOOST_AUTO_TEST_CASE(encryption_is_used_and_certificates_are_checked_as_the_url_says) {
  const auto own = must(postgres_server::start({.password = std::string{password}}));
  const auto data = own->directory() / "data";
  const auto make =
    fmt::format("openssl req -new -x509 -days 2 -nodes -newkey rsa:2048 -subj "
                "/CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout '{0}/key' "
                "-out '{0}/crt' 2>/dev/null",
                data.string());
  if (std::system(make.c_str()) != 0) {
    BOOST_TEST_MESSAGE("skipped: there is no openssl to make a certificate with");
    return;
  }
  struct ::stat owner{};
  BOOST_REQUIRE(::stat(data.c_str(), &owner) == 0);
  fs::permissions(data / "key", fs::perms::owner_read | fs::perms::owner_write);
  BOOST_REQUIRE(::chown((data / "key").c_str(), owner.st_uid, owner.st_gid) == 0);
  BOOST_REQUIRE(::chown((data / "crt").c_str(), owner.st_uid, owner.st_gid) == 0);
  for (const auto* setting : {"ssl_cert_file = 'crt'", "ssl_key_file = 'key'", "ssl = on"})
    own->run(std::string{"ALTER SYSTEM SET "} + setting);
  own->restart();

  const auto store = must(postgres::open(own->url() + "?sslmode=require"));
  must_commit(*store, write_of(ids, {stream_of("a-1").event("e")}));
  BOOST_TEST(
    own->ask("SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) "
             "WHERE a.application_name LIKE 'eventcore%'")
    == "t");
  const auto trusting = fmt::format("?sslmode=verify-full&sslrootcert={}/crt", data.string());
  BOOST_TEST(must(must(postgres::open(own->url() + trusting))->head()).position.value == 1U);
  const auto failed = failure_at(own->url() + "?sslmode=verify-ca&sslrootcert=/nowhere/root.crt");
  CHECK_FAILURE(failed, errc::store_unavailable, "/nowhere/root.crt");
}

// -- later --------------------------------------------------------------------

// What would be a wrong argument while a store is opened is somebody else's to mend afterwards.
BOOST_AUTO_TEST_CASE(a_user_who_is_locked_out_later_is_told_without_the_password) {
  make_role("keeper");
  server.run("GRANT CREATE ON DATABASE " + database + " TO keeper");
  const auto store = must(postgres::open(url_of("keeper")));
  must(store->head());
  server.run("ALTER ROLE keeper PASSWORD 'another'");
  server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keeper'");
  const auto failing = [&](auto call) {
    std::optional<failure> last;
    for (int i = 0; i < 3; ++i) {
      const auto outcome = call();
      BOOST_REQUIRE(!outcome);
      check_line(outcome.error().text());
      BOOST_TEST(to_string(outcome.error().code) == to_string(errc::store_unavailable));
      last = outcome.error();
    }
    BOOST_TEST(last->detail.contains("keeper"), last->detail);
  };
  failing([&] { return store->head(); });
  failing([&] { return store->load_checkpoint("mail"); });
  const auto outcome = store->append(write_of(ids, {stream_of("a-1").event("e")}));
  check_line(must_be<failure>(outcome).text());
}

BOOST_AUTO_TEST_SUITE_END()
