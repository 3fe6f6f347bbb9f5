#pragma once

#include "sqlite_api.hpp"

#include "eventcore/failure.hpp"

#include <chrono>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

namespace eventcore::sqlite {

/// A failure on its way out of the store, where no driver's exception tells it.
class store_error : public std::exception {
public:
  explicit store_error(failure what_failed) : failed{std::move(what_failed)} {}

  auto what() const noexcept -> const char* override { return failed.detail.c_str(); }

  failure failed;
};

[[noreturn]] inline void raise(errc code, std::string detail) {
  throw store_error{{code, std::move(detail)}};
}

/// SQLite's own words in an error of SOCI, which puts the name of one of its functions before them.
auto words_of(const database_error& error) -> std::string;

/// What an extended result code says, as far as the store acts on it.
auto primary_code(int code) -> int;

/// The write set itself is what the database does not take: others of its batch may still pass.
auto is_data_error(int code) -> bool;

/// The operating system did not confirm that data reached the disk.
auto is_sync_error(int code) -> bool;

/// A write did not happen, so what follows it in the file did not either.
auto is_write_error(int code) -> bool;

/// The failure of a call that certainly wrote nothing, told by SQLite's result code.
/// `waited` is how long the call waited for other processes.
auto failure_of(const std::filesystem::path& file, int code, std::string_view text,
                std::chrono::milliseconds waited) -> failure;

/// The failure that stands for the exception in flight.
auto current_failure(const std::filesystem::path& file, std::chrono::milliseconds waited)
  -> failure;

} // namespace eventcore::sqlite
