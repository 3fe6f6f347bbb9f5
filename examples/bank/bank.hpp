#pragma once

#include "domain.hpp"

#include <eventcore/actors/runtime.hpp>

#include <cstddef>
#include <filesystem>
#include <string_view>

/// What the program does, one function for each of its commands. Results go to the standard output,
/// everything else to the standard error output.
namespace bank {

/// What the program ends with.
enum class exit_code : int {
  done = 0,
  incomplete = 1,   ///< lines were skipped, a check failed, or there is no such account
  bad_input = 2,    ///< the arguments or a line of input were wrong, and that stopped the program
  store_failed = 3, ///< the store could not be used
  stopped = 4,      ///< a signal stopped an import
};

/// What an import does at a line that is wrong.
enum class bad_line { stop, skip };

struct import_settings {
  std::filesystem::path file;
  money opening_balance; ///< of accounts at our own bank; all others begin with nothing
  bad_line on_error = bad_line::stop;
  std::size_t in_flight = 256; ///< how many orders may be executed at a time
  bool print_done = false; ///< write the id of each order to the standard output once it is done
};

/// Executes the orders of a file, each once and for all: importing them again changes nothing. Reads
/// at most `in_flight` lines ahead of what it executes, however long the file is. Told to stop, it
/// reads no line after a bad one; when an order proves bad only in its execution, others that were
/// read before that may be done. When the runtime stops, it takes no more orders.
auto import_orders(ec::runtime& runtime, const import_settings& settings) -> exit_code;

/// Where an answer is looked for.
enum class source {
  read_model, ///< in the tables `balances` of the store, brought to the end of the log first
  events,     ///< in the events; nothing is written
};

/// Prints what an account holds.
auto print_balance(ec::event_store& store, std::string_view account, source from) -> exit_code;

/// Prints all that happened to an account, page by page.
auto print_statement(ec::event_store& store, std::string_view account) -> exit_code;

/// Prints the `count` richest accounts.
auto print_top(ec::event_store& store, std::size_t count, source from) -> exit_code;

/// Recomputes everything from the events and prints one line for each check.
auto verify(ec::event_store& store) -> exit_code;

/// Tells a failure and gives the exit code for it.
auto report(const ec::failure& why) -> exit_code;

} // namespace bank
