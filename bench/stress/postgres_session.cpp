#include "stress/postgres_session.hpp"

#include "stress/postgres_url.hpp"

#include "eventcore/failure.hpp"

#include <algorithm>
#include <iterator>
#include <libpq-fe.h>

#include <fmt/format.h>

namespace bench {

namespace {

constexpr const char* statement = "measured";

/// The first line of libpq's words.
auto first_line(std::string_view text) -> std::string_view {
  return text.substr(0, text.find('\n'));
}

auto unreachable(const std::string& why) -> eventcore::failure_error {
  return eventcore::failure_error{{eventcore::errc::store_unavailable, why}};
}

} // namespace

void postgres_session::closer::operator()(pg_conn* connection) const { PQfinish(connection); }

void postgres_session::closer::operator()(pg_result* result) const { PQclear(result); }

postgres_session::postgres_session(std::string_view url)
    : connection_{PQconnectdb(conninfo_of(url).c_str())} {
  if (!is_understood(url))
    throw eventcore::failure_error{
      {eventcore::errc::invalid_argument, "the store's URL is none that libpq understands"}};
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw unreachable(fmt::format("{} cannot be used: {}", shown_url(url),
                                  first_line(PQerrorMessage(connection_.get()))));
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

void postgres_session::run(const std::string& sql) {
  checked(PQexec(connection_.get(), sql.c_str()));
}

auto postgres_session::ask(const std::string& sql) -> std::string {
  const auto found = checked(PQexec(connection_.get(), sql.c_str()));
  return PQgetvalue(found.get(), 0, 0);
}

void postgres_session::prepare(std::string_view sql, const std::vector<binary_value>& like) {
  std::vector<Oid> types;
  std::ranges::transform(like, std::back_inserter(types), &binary_value::type);
  checked(PQprepare(connection_.get(), statement, std::string{sql}.c_str(),
                    static_cast<int>(types.size()), types.data()));
}

void postgres_session::execute(const std::vector<binary_value>& values) {
  std::vector<const char*> begins;
  std::vector<int> sizes;
  for (const auto& one : values) {
    begins.push_back(one.bytes.data());
    sizes.push_back(static_cast<int>(one.bytes.size()));
  }
  constexpr int binary = 1;
  const std::vector<int> formats(values.size(), binary);
  checked(PQexecPrepared(connection_.get(), statement, static_cast<int>(values.size()),
                         begins.data(), sizes.data(), formats.data(), binary));
}

auto postgres_session::checked(pg_result* given) const -> answer {
  answer result{given};
  const auto status = PQresultStatus(given);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw unreachable(std::string{first_line(PQerrorMessage(connection_.get()))});
  return result;
}

} // namespace bench
