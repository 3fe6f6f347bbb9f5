#include "connection.hpp"

#include <poll.h>

namespace eventcore::postgres {

connection::connection(const std::string& conninfo)
    : session_{soci::postgresql, conninfo},
      handle_{static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_} {
  PQsetNoticeReceiver(handle_, &take_notice, this);
  PQsetnonblocking(handle_, 1);
}

auto connection::is_replaced() -> bool {
  const auto* backend = static_cast<soci::postgresql_session_backend*>(session_.get_backend());
  const auto replaced = !backend || backend->conn_ != handle_;
  if (replaced)
    lost_ = true; // what `handle_` pointed to is gone
  return replaced;
}

auto connection::run(const std::string& sql) -> rows {
  libpq_ptr<PGresult> result{PQexec(handle_, sql.c_str())};
  const auto status = PQresultStatus(result.get()); // of no result: an error
  if (is_lost() && (!result || !PQresultErrorField(result.get(), PG_DIAG_SQLSTATE)))
    throw lost();
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw result ? database_error{result.get()} : lost();
  return rows{std::move(result)};
}

// Nobody listens on such a connection: what comes unasked is the end, or not worth telling apart.
auto connection::is_alive() const -> bool {
  pollfd waiting{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
  return !is_lost() && ::poll(&waiting, 1, 0) == 0;
}

auto connection::lost() -> database_error {
  lost_ = true;
  std::string words = PQerrorMessage(handle_);
  while (!words.empty() && words.back() == '\n')
    words.pop_back();
  for (auto& c : words)
    if (c == '\n' || c == '\t')
      c = ' ';
  return database_error{words.empty() ? "it ended" : std::move(words)};
}

void connection::flush() {
  for (;;) {
    const auto left = PQflush(handle_);
    if (left == 0)
      return;
    if (left < 0)
      throw lost();
    pollfd waiting{.fd = PQsocket(handle_), .events = POLLIN | POLLOUT, .revents = 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR)
      throw lost();
    if ((waiting.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_) == 0)
      throw lost();
  }
}

// A warning out of a function, which has a context, is its author's; one of the server itself says
// that it did not do all that it was told.
void connection::take_notice(void* self, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!severity || std::string_view{severity} != "WARNING"
      || PQresultErrorField(notice, PG_DIAG_CONTEXT))
    return;
  const char* words = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  static_cast<connection*>(self)->warning_ = words ? words : "a warning without words";
}

} // namespace eventcore::postgres
