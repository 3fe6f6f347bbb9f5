#include "query.hpp"

namespace eventcore::sqlite {

query::query(connection& on, const std::string& sql) : on_{on}, statement_{on.session()} {
  statement_.alloc();
  statement_.prepare(sql);
  handle_ = static_cast<soci::sqlite3_statement_backend*>(statement_.get_backend())->stmt_;
}

// The result of a reset repeats that of the step before it, which was thrown already.
query::rows::~rows() { api::sqlite3_reset(of_.handle_); }

auto query::rows::next() -> bool {
  switch (const auto code = api::sqlite3_step(of_.handle_)) {
  case SQLITE_ROW:
    return true;
  case SQLITE_DONE:
    return false;
  default:
    throw database_error{api::sqlite3_errmsg(of_.on_.handle()), code};
  }
}

auto query::rows::is_null(int column) const -> bool {
  return api::sqlite3_column_type(of_.handle_, column) == SQLITE_NULL;
}

auto query::rows::number(int column) const -> std::int64_t {
  return api::sqlite3_column_int64(of_.handle_, column);
}

auto query::rows::bytes(int column) const -> std::string_view {
  const auto* data = static_cast<const char*>(api::sqlite3_column_blob(of_.handle_, column));
  return {data, static_cast<std::size_t>(api::sqlite3_column_bytes(of_.handle_, column))};
}

auto query::rows::text(int column) const -> std::string_view {
  const auto* data = reinterpret_cast<const char*>(api::sqlite3_column_text(of_.handle_, column));
  return {data ? data : "",
          static_cast<std::size_t>(api::sqlite3_column_bytes(of_.handle_, column))};
}

void query::bind(int index, std::int64_t value) {
  on_.check(api::sqlite3_bind_int64(handle_, index, value));
}

void query::bind(int index, std::string_view text) {
  on_.check(api::sqlite3_bind_text64(handle_, index, text.data() ? text.data() : "", text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8));
}

void query::bind(int index, blob_view value) {
  // A null pointer would be NULL.
  const void* data = value.bytes.data() ? static_cast<const void*>(value.bytes.data()) : "";
  on_.check(api::sqlite3_bind_blob64(handle_, index, data, value.bytes.size(), SQLITE_STATIC));
}

void query::bind(int index, std::nullptr_t) { on_.check(api::sqlite3_bind_null(handle_, index)); }

} // namespace eventcore::sqlite
