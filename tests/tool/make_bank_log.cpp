#include "tool/bank_log.hpp"

#include <eventcore/backends.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <cstdio>
#include <exception>

#include <fmt/format.h>

namespace ec = eventcore;

/// Puts the bank's log into a new store, for the transcripts of the manual.
auto main(int argc, char** argv) -> int {
  try {
    ec::backends known;
    ec::postgres::add_to(known);
    ec::sqlite::add_to(known);
    const auto store = ec::unwrap(known.open(argc > 1 ? argv[1] : "", bank_log::settings()));
    bank_log::fill(*store);
  } catch (const std::exception& error) {
    fmt::print(stderr, "make_bank_log: {}\n", error.what());
    return 1;
  }
  return 0;
}
