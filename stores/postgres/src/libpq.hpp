#pragma once

#include <memory>

// SOCI's header also brings libpq's.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#ifndef LIBPQ_HAS_PIPELINING
#error "the PostgreSQL store needs libpq 14 or newer"
#endif

namespace eventcore::postgres {

/// Frees what libpq gives.
struct libpq_deleter {
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  void operator()(PGnotify* notice) const { PQfreemem(notice); }
  void operator()(char* text) const { PQfreemem(text); }
};

template <class T>
using libpq_ptr = std::unique_ptr<T, libpq_deleter>;

} // namespace eventcore::postgres
