#include "bank.hpp"

#include <eventcore/backends.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

namespace ec = eventcore;
using bank::exit_code;

constexpr const char* exit_codes =
  "Exit codes:\n"
  "  0  all was done\n"
  "  1  lines were skipped, a check failed, or there is no such account\n"
  "  2  the arguments or a line of the file were wrong, and that stopped the program\n"
  "  3  the store or the output could not be used\n";

/// What the command line asks for.
struct arguments {
  std::string store = "sqlite:bank.db";
  bool reads_only = true;
  std::function<exit_code(ec::event_store&)> work;

  bank::import_settings import{};
  std::string file;
  std::string opening_balance = "1000.00";
  std::string on_error = "stop";
  std::string account;
  std::size_t count = 10;
};

auto check_money(const std::string& text) -> std::string {
  const auto amount = bank::parse_money(text);
  return amount ? std::string{} : amount.error().detail;
}

template <class Work>
auto add_command(CLI::App& app, arguments& given, const char* name, const char* text, Work work)
  -> CLI::App* {
  auto* const command = app.add_subcommand(name, text);
  command->footer(exit_codes);
  command->add_option("--store", given.store, "URL of the store: sqlite:FILE or memory:")
    ->capture_default_str();
  command->callback([&given, work] { given.work = work; });
  return command;
}

void add_import(CLI::App& app, arguments& given) {
  auto* const command =
    add_command(app, given, "import", "Execute the standing orders of a file", [&](auto& store) {
      given.import.file = given.file;
      given.import.opening_balance = *bank::parse_money(given.opening_balance);
      given.import.on_error =
        given.on_error == "skip" ? bank::bad_line::skip : bank::bad_line::stop;
      return bank::import_orders(store, given.import);
    });
  command->parse_complete_callback([&] { given.reads_only = false; });
  command
    ->add_option(
      "FILE", given.file,
      "Lines of order id, payer's account, bank, account to, amount, type, separated by tabs")
    ->required()
    ->check(CLI::ExistingFile); // before a store is made for it
  command
    ->add_option("--opening-balance", given.opening_balance,
                 "What each account of the home bank begins with")
    ->capture_default_str()
    ->check(CLI::Validator{check_money, "AMOUNT"});
  command
    ->add_option("--on-error", given.on_error,
                 "What to do at a line that is wrong: stop, or skip it")
    ->capture_default_str()
    ->check(CLI::IsMember{{"stop", "skip"}});
  command
    ->add_option("--group", given.import.group,
                 "How many orders may be committed together; 1 waits for the disk after each")
    ->capture_default_str()
    ->check(CLI::Range{1, 10'000});
  command->add_flag(
    "--print-done", given.import.print_done,
    "Write the id of each order to the standard output as soon as it is done for good");
}

void add_questions(CLI::App& app, arguments& given) {
  add_command(app, given, "balance", "Print what an account holds",
              [&](auto& store) { return bank::print_balance(store, given.account); })
    ->add_option("ACCOUNT", given.account, "Bank and number, as in home-29401")
    ->required();
  add_command(app, given, "statement", "Print all that happened to an account",
              [&](auto& store) { return bank::print_statement(store, given.account); })
    ->add_option("ACCOUNT", given.account, "Bank and number, as in home-29401")
    ->required();
  add_command(app, given, "top", "Print the richest accounts",
              [&](auto& store) { return bank::print_top(store, given.count); })
    ->add_option("N", given.count, "How many")
    ->capture_default_str()
    ->check(CLI::Range{1, 1'000'000'000});
  add_command(app, given, "verify", "Recompute everything from the events and check it",
              &bank::verify);
}

auto run(const arguments& given) -> exit_code {
  ec::backends known;
  ec::memory::add_to(known);
  ec::sqlite::add_to(known);
  const auto store =
    known.open(given.store, {.read_only = given.reads_only, .create = !given.reads_only});
  return store ? given.work(**store) : bank::report(store.error());
}

auto parse_and_run(int argc, char** argv) -> exit_code {
  arguments given;
  CLI::App app{"A bank: its accounts pay each other by standing orders, every cent accounted for."};
  app.require_subcommand(1);
  app.footer(exit_codes);
  add_import(app, given);
  add_questions(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_code::done : exit_code::bad_input;
  }
  return run(given);
}

} // namespace

auto main(int argc, char** argv) -> int {
  try {
    const auto code = parse_and_run(argc, argv);
    if (std::fflush(stdout) == 0)
      return static_cast<int>(code);
    std::perror("bank: the standard output");
  } catch (const std::exception& error) {
    fmt::print(stderr, "bank: {}\n", error.what());
  }
  return static_cast<int>(exit_code::store_failed);
}
