#pragma once

#include <eventcore/backends.hpp>
#include <eventcore/event_store.hpp>
#include <eventcore/testing/clock.hpp>

#include <memory>
#include <string>

/// A small log that is always the same, for the tests of the program and for the manual.
namespace bank_log {

/// How the store is opened that it goes into: a SQLite store then has the same times each time.
auto settings() -> eventcore::store_settings;

/// Fills an empty store: 9 events on 5 streams of the kinds account, note and transfer, one of them
/// closed, with metadata, bytes and a request; snapshots of two streams, the checkpoints of two
/// projections, and a dead letter of one. Throws `failure_error`.
void fill(eventcore::event_store& store);

/// Adds `count` deposits of one cent to account-carol, which begins with them.
void add_deposits(eventcore::event_store& store, int count);

} // namespace bank_log
