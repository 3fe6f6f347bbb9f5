#include "eventcore/testing/postgres_connection.hpp"

#include <libpq-fe.h>
#include <stdexcept>

#include <fmt/format.h>

namespace eventcore::testing {

namespace {

using answer = std::unique_ptr<PGresult, decltype([](PGresult* given) { PQclear(given); })>;

auto last_words(const PGconn* of) -> std::string {
  std::string words = PQerrorMessage(of);
  words.resize(words.find_last_not_of('\n') + 1);
  return words;
}

auto execute(PGconn* on, const std::string& sql) -> answer {
  answer given{PQexec(on, sql.c_str())};
  switch (PQresultStatus(given.get())) {
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
  case PGRES_EMPTY_QUERY:
    return given;
  default:
    throw std::runtime_error{fmt::format("{}: {}", sql, last_words(on))};
  }
}

} // namespace

void postgres_connection::closer::operator()(pg_conn* connection) const { PQfinish(connection); }

postgres_connection::postgres_connection(const std::string& url)
    : connection_{PQconnectdb(url.c_str())} {
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw std::runtime_error{last_words(connection_.get())};
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

void postgres_connection::run(const std::string& sql) { execute(connection_.get(), sql); }

auto postgres_connection::query(const std::string& sql) -> postgres_rows {
  const auto given = execute(connection_.get(), sql);
  postgres_rows rows(static_cast<std::size_t>(PQntuples(given.get())));
  for (int row = 0; row < PQntuples(given.get()); ++row)
    for (int column = 0; column < PQnfields(given.get()); ++column)
      rows[static_cast<std::size_t>(row)].emplace_back(
        PQgetisnull(given.get(), row, column) ? "NULL" : PQgetvalue(given.get(), row, column));
  return rows;
}

auto postgres_connection::ask(const std::string& sql) -> std::string {
  const auto rows = query(sql);
  if (rows.empty() || rows[0].empty())
    throw std::runtime_error{sql + ": no row"};
  return rows[0][0];
}

auto postgres_connection::backend() const -> ::pid_t { return PQbackendPID(connection_.get()); }

} // namespace eventcore::testing
