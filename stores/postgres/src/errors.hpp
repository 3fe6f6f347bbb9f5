#pragma once

#include "libpq.hpp"

#include "eventcore/failure.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace eventcore::postgres {

class address;

/// A failure on its way out of the store, where no statement's error tells it.
class store_error : public std::exception {
public:
  explicit store_error(failure what_failed) : failed{std::move(what_failed)} {}

  auto what() const noexcept -> const char* override { return failed.detail.c_str(); }

  failure failed;
};

[[noreturn]] inline void raise(errc code, std::string detail) {
  throw store_error{{code, std::move(detail)}};
}

/// What the server, or libpq in its place, said against a statement. Its meaning is told by the
/// SQLSTATE only.
class database_error : public std::exception {
public:
  /// The error in `result`.
  explicit database_error(const PGresult* result);

  /// An error that another has read. `state` is blank when the connection was lost.
  database_error(std::string_view state, std::string words);

  /// The end of the connection, in libpq's words.
  explicit database_error(std::string lost) : words_{std::move(lost)} {}

  auto what() const noexcept -> const char* override { return words_.c_str(); }

  /// Five characters; empty when the connection was lost without a word from the server.
  auto state() const -> std::string_view { return state_; }
  auto words() const -> const std::string& { return words_; }

  /// Whether the server refused just this statement: its transaction is over, its session is not.
  auto is_refusal() const -> bool { return refusal_; }

  auto is_in_class(std::string_view two) const -> bool { return state().starts_with(two); }

private:
  std::string state_;
  std::string words_;
  bool refusal_ = false;
};

/// The write set itself is what the database does not take: others of its batch may still pass.
auto is_data_error(const database_error& error) -> bool;

/// The failure of a call that certainly wrote nothing.
auto failure_of(const address& where, const database_error& error) -> failure;

/// The server refused it because this user may not do it.
auto is_lacking_right(const database_error& error) -> bool;

/// The failure of a user who lacks a right, written as it is granted: `DELETE ON requests`.
auto lacking_right(const address& where, std::string_view right) -> failure;

/// The failure that stands for the exception in flight, of a call that certainly wrote nothing.
auto current_failure(const address& where) -> failure;

} // namespace eventcore::postgres
