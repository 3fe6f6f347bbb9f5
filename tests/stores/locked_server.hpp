#pragma once

#include "eventcore/stores/postgres.hpp"
#include "eventcore/testing/checks.hpp"
#include "eventcore/testing/ids.hpp"
#include "eventcore/testing/postgres_server.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

/// A server that asks everybody for a password, and what it may tell those whom it turns away.
namespace locked_server_support {

using namespace eventcore;
using namespace eventcore::testing;

// Its parts tell whether any of it shows; each means something to URLs, to SQL or to libpq.
inline constexpr std::string_view password = "Ge'heim%/@:\\ wort";
inline constexpr std::string_view parts_of_it[] = {"Ge'heim",   "heim%",   "wort",
                                                   "Ge%27heim", "%20wort", "geheim"};

inline void check_line(const std::string& text) {
  BOOST_TEST(!text.contains('\n'), text);
  BOOST_TEST(text.size() > 40U, text);
  BOOST_TEST(text.size() < 600U, text);
  for (const auto part : parts_of_it)
    BOOST_TEST(!text.contains(part), text);
}

inline auto locked_server() -> postgres_server& {
  static const auto server = must(postgres_server::start({.password = std::string{password}}));
  return *server;
}

struct locked {
  locked() {
    static int made = 0;
    database = fmt::format("bank_{}", ++made);
    server.create_database(database);
  }

  /// Another role's address. Its password is the superuser's.
  auto url_of(std::string_view role) const -> std::string {
    auto url = server.url(database);
    return url.replace(url.find("eventcore:"), 9, role);
  }

  /// Makes a role, which goes with the case.
  void make_role(const std::string& name, const std::string& options = "") {
    server.run(
      fmt::format("CREATE ROLE {} LOGIN PASSWORD E'Ge\\'heim%/@:\\\\ wort' {}", name, options));
    roles.push_back(name);
  }

  auto failure_at(const std::string& url, const store_settings& settings = {}) const -> failure {
    const auto store = postgres::open(url, settings);
    BOOST_REQUIRE(!store);
    check_line(store.error().text());
    return store.error();
  }

  ~locked() {
    server.run(fmt::format("DROP DATABASE {} WITH (FORCE)", database));
    for (const auto& role : roles)
      server.run("DROP OWNED BY " + role + "; DROP ROLE " + role);
  }

  postgres_server& server = locked_server();
  std::string database;
  std::vector<std::string> roles;
  sequential_ids ids;
};

} // namespace locked_server_support

#define CHECK_FAILURE(failed, wanted, part)                                                        \
  do {                                                                                             \
    const auto& checked = failed;                                                                  \
    BOOST_TEST(to_string(checked.code) == to_string(wanted), checked.text());                      \
    BOOST_TEST(checked.detail.contains(part), checked.text());                                     \
  } while (false)
