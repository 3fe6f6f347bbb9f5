#pragma once

#include "audit.hpp"

#include <memory>
#include <vector>

// What the scenarios promise, one class each; see `audits_of`.
namespace stress {

/// Positions run from 1 to the head without a gap.
auto audit_positions() -> std::unique_ptr<audit>;

/// The log holds exactly those commits that clients were told, whole and where they were told. `clients` must outlive it.
auto audit_acknowledged(const told& clients) -> std::unique_ptr<audit>;

/// A stream, and what those who wrote to it were told.
struct written_stream {
  ec::stream_id stream;
  tally expected;
};

/// These streams must have grown by what was told, and no other stream at all. `clients` must outlive it.
auto audit_versions(const char* name, const told& clients,
                    const std::vector<written_stream>& streams) -> std::unique_ptr<audit>;

/// Every transfer has its two legs side by side in one commit, of equal amount, on two streams; they add up to nothing.
/// `clients` must outlive it.
auto audit_transfers(const told& clients) -> std::unique_ptr<audit>;

/// New streams with one event each, as many of each client as it was told. `clients` must outlive it.
auto audit_new_streams(const told& clients) -> std::unique_ptr<audit>;

/// No stock was below zero after any event; every order and every delivery that was told is there.
auto audit_stocks(const told& clients) -> std::unique_ptr<audit>;

/// Each stream was touched once in each pass.
auto audit_touched(const options& given, ec::log_position base) -> std::unique_ptr<audit>;

} // namespace stress
