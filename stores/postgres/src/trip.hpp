#pragma once

#include "array.hpp"
#include "connection.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace eventcore::postgres {

/// SQL that each connection prepares when it first runs it. The name is its own among all.
struct statement {
  std::string name;
  std::string sql;
};

/// The values for a statement's $1, $2, ... in binary form. Texts, bytes and arrays must live until
/// the statement was added to a trip.
class parameters {
public:
  auto number(std::int64_t value) -> parameters&;
  auto position(std::uint64_t value) -> parameters& { return number(to_sql(value)); }
  auto time(timestamp value) -> parameters& { return number(to_sql(value)); }
  auto truth(bool value) -> parameters& { return bytes({value ? "\1" : "\0", 1}); }
  auto text(std::string_view value) -> parameters& { return bytes(value); }
  auto bytes(std::string_view value) -> parameters&;
  auto id(const uuid_bytes& value) -> parameters& { return bytes(bytes_of(value)); }
  auto list(postgres::array& value) -> parameters& { return bytes(value.bytes()); }
  auto null() -> parameters&;

private:
  friend class trip;

  static constexpr std::size_t most = 12;

  struct number_bytes {
    char bytes[sizeof(std::int64_t)];
  };

  int count_ = 0;
  std::array<const char*, most>
    values_{}; // null where `numbers_` has the value, or where it is NULL
  std::array<int, most> lengths_{};
  std::array<number_bytes, most> numbers_{};
};

/// Statements that travel to the server together, in one round trip; their answers are read in the
/// same order. When one fails, those after it are not run, and the trip's transaction, unless it was
/// begun before, leaves nothing. Throws `database_error`.
class trip {
public:
  explicit trip(connection& on);
  trip(const trip&) = delete;
  auto operator=(const trip&) -> trip& = delete;

  /// Takes in the answers that nobody read.
  ~trip();

  void add(const statement& what, const parameters& with = {});

  /// Sends what was added.
  void send();

  /// The answer to the next statement. The error says whether the server refused just it.
  auto answer() -> rows;

private:
  void finish();
  auto take_result() -> libpq_ptr<PGresult>;
  auto take_prepared(const std::string& name) -> libpq_ptr<PGresult>;
  void require(bool queued);

  connection& on_;
  std::deque<std::string>
    expected_; // for each answer the name of what is prepared with it, or none
  std::size_t queued_bytes_ = 0;
  bool sent_ = false;
};

} // namespace eventcore::postgres
