#pragma once

#include "eventcore/maintenance.hpp"

#include <string_view>
#include <vector>

// What all stores check when payloads leave for an archive and come back.
namespace eventcore::detail {

/// Checks the texts of an archive. Fails with `invalid_argument`.
auto validate(const archive_entry& archive) -> result<>;

/// The failure of an archive whose file the store knows with another checksum.
auto another_archive(const archive_entry& archive) -> failure;

/// The failure of an archive that is to be forgotten while events refer to it.
auto archive_in_use(std::string_view file, std::uint64_t events) -> failure;

/// Looks whether streams may be archived.
class archive_check {
public:
  /// Takes where a stream that is expected somewhere stands.
  void take(const expectation& expected, const stream_head& found, bool closed);

  /// Fails with `version_conflict` when a stream was elsewhere, with `invalid_argument` when one is
  /// not closed.
  auto outcome() const -> result<>;

private:
  std::vector<mismatch> misfits_;
  std::vector<stream_id> open_;
};

/// Checks an event that is to get its payload back: it has one. Fails with `invalid_argument`.
auto validate_returning(const recorded_event& event) -> result<>;

/// The failure of an event that is not the one which the log holds at its position.
auto another_event(const recorded_event& event) -> failure;

} // namespace eventcore::detail
