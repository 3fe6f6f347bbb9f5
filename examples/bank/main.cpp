#include "bank.hpp"
#include "config.hpp"
#include "signals.hpp"
#include "watch.hpp"

#include <eventcore/backends.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>
#include <fmt/format.h>

namespace {

namespace ec = eventcore;
using bank::exit_code;

constexpr const char* exit_codes =
  "Exit codes:\n"
  "  0  all was done\n"
  "  1  lines were skipped, a check failed, or there is no such account\n"
  "  2  the arguments or a line of the file were wrong, and that stopped the program\n"
  "  3  the store or the output could not be used\n"
  "  4  SIGINT or SIGTERM stopped an import; what is done stays done\n";

constexpr const char* about_settings =
  "The settings of the runtime are read from caf-application.conf in the working directory, or the "
  "file that\n"
  "--config-file=FILE names. --eventcore.NAME=VALUE overrides one of them.\n\n";

/// What the command line asks for.
struct arguments {
  std::string store;
  /// Empty for an import and for watch.
  std::function<exit_code(ec::event_store&, bank::source)> ask;
  bank::source from = bank::source::events;
  bool from_events = false;

  bank::import_settings import{};
  bool watches = false;
  bank::watch_settings watch{};
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

auto add_command(CLI::App& app, arguments& given, const char* name, const char* text) -> CLI::App* {
  auto* const command = app.add_subcommand(name, text);
  command->footer(std::string{about_settings} + exit_codes);
  command->add_option(
    "--store", given.store,
    "URL of the store: sqlite:FILE, postgresql://HOST/DATABASE or memory:. If it is "
    "not given: the setting eventcore.store, or else sqlite:bank.db");
  return command;
}

/// An option like `--for 5s`.
void add_duration(CLI::App& command, const char* name, const char* text,
                  const std::function<void(std::chrono::milliseconds)>& take) {
  command
    .add_option_function<std::int64_t>(
      name, [take](std::int64_t count) { take(std::chrono::milliseconds{count}); }, text)
    ->transform(CLI::AsNumberWithUnit{
      std::map<std::string, std::int64_t>{{"ms", 1}, {"s", 1'000}, {"min", 60'000}},
      CLI::AsNumberWithUnit::UNIT_REQUIRED})
    ->check(CLI::Range{1, 86'400'000});
}

void add_import(CLI::App& app, arguments& given) {
  auto* const command = add_command(app, given, "import", "Execute the standing orders of a file");
  command->callback([&] {
    given.import.file = given.file;
    given.import.opening_balance = *bank::parse_money(given.opening_balance);
    given.import.on_error = given.on_error == "skip" ? bank::bad_line::skip : bank::bad_line::stop;
  });
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
    ->add_option("--in-flight", given.import.in_flight,
                 "How many orders are executed at a time; 1 waits for the disk after each")
    ->capture_default_str()
    ->check(CLI::Range{1, 10'000});
  command->add_flag(
    "--print-done", given.import.print_done,
    "Write the id of each order to the standard output as soon as it is done for good");
}

template <class Ask>
auto add_question(CLI::App& app, arguments& given, const char* name, const char* text, Ask ask)
  -> CLI::App* {
  auto* const command = add_command(app, given, name, text);
  command->callback([&given, ask] { given.ask = ask; });
  return command;
}

/// A question that the read model answers, which the program then writes first.
template <class Ask>
auto add_quick_question(CLI::App& app, arguments& given, const char* name, const char* text,
                        Ask ask) -> CLI::App* {
  auto* const command = add_command(app, given, name, text);
  command->callback([&given, ask] {
    given.ask = ask;
    given.from = given.from_events ? bank::source::events : bank::source::read_model;
  });
  command->add_flag("--from-events", given.from_events,
                    "Read the events instead of the tables that are made of them; nothing is "
                    "written then");
  return command;
}

void add_questions(CLI::App& app, arguments& given) {
  using bank::source;
  add_quick_question(
    app, given, "balance", "Print what an account holds",
    [&](auto& store, source from) { return bank::print_balance(store, given.account, from); })
    ->add_option("ACCOUNT", given.account, "Bank and number, as in home-29401")
    ->required();
  add_question(app, given, "statement", "Print all that happened to an account",
               [&](auto& store, source) { return bank::print_statement(store, given.account); })
    ->add_option("ACCOUNT", given.account, "Bank and number, as in home-29401")
    ->required();
  add_quick_question(
    app, given, "top", "Print the richest accounts",
    [&](auto& store, source from) { return bank::print_top(store, given.count, from); })
    ->add_option("N", given.count, "How many")
    ->capture_default_str()
    ->check(CLI::Range{1, 1'000'000'000});
  add_question(app, given, "verify", "Recompute everything from the events and check it",
               [](auto& store, source) { return bank::verify(store); });
}

void add_watch(CLI::App& app, arguments& given) {
  auto& watch = given.watch;
  auto* const command =
    add_command(app, given, "watch", "Show what the bank does while it does it");
  command->callback([&] { given.watches = true; });
  command->add_option("N", watch.accounts, "How many of the richest accounts are shown")
    ->capture_default_str()
    ->check(CLI::Range{0, 100});
  add_duration(*command, "--every", "How often, as in 500ms", [&](auto t) { watch.every = t; });
  add_duration(*command, "--for", "How long, as in 5s; until SIGINT if it is not given",
               [&](auto t) { watch.duration = t; });
  command->add_option("--updates", watch.updates, "End after showing it so often");
}

auto open(const std::string& url, const ec::store_settings& settings)
  -> ec::result<std::shared_ptr<ec::event_store>> {
  ec::backends known;
  ec::memory::add_to(known);
  ec::postgres::add_to(known);
  ec::sqlite::add_to(known);
  return known.open(url, settings);
}

auto ask(const arguments& given, const ec::runtime_settings& settings) -> exit_code {
  // A store in memory is this program's own, and speaks no SQL.
  const auto from = settings.store.starts_with("memory:") ? bank::source::events : given.from;
  auto asked = settings.store_defaults();
  asked.read_only = from == bank::source::events;
  asked.create = false;
  const auto store = open(settings.store, asked);
  return store ? given.ask(**store, from) : bank::report(store.error());
}

// begin: import
auto import_file(const arguments& given, const ec::runtime_settings& settings, bank::config& config)
  -> exit_code {
  bank::signal_thread signals; // before there are others
  const auto store = open(settings.store, settings.store_defaults());
  if (!store)
    return bank::report(store.error());
  caf::actor_system system{config};
  auto runtime = ec::runtime::start(system, *store, settings);
  if (!runtime)
    return bank::report(runtime.error());
  const bank::on_signal stopping{signals, [&] { runtime->stop(); }};
  auto import = given.import;
  import.in_flight = std::min(import.in_flight, settings.commands.max_in_flight);
  return bank::import_orders(*runtime, import);
}
// end: import

auto watch(const arguments& given, const ec::runtime_settings& settings, bank::config& config)
  -> exit_code {
  bank::signal_thread signals; // before there are others
  auto followed = settings.store_defaults();
  followed.create = false;
  const auto store = open(settings.store, followed);
  if (!store)
    return bank::report(store.error());
  caf::actor_system system{config};
  auto runtime = ec::runtime::start(system, *store, settings);
  return runtime ? bank::watch(*runtime, signals, given.watch) : bank::report(runtime.error());
}

auto run(const arguments& given, const std::vector<std::string>& settings) -> exit_code {
  bank::config config;
  if (const auto wrong = config.parse(settings))
    return bank::report({ec::errc::invalid_argument, ec::text_of(wrong)});
  auto chosen = ec::unwrap(ec::read_settings(config));
  if (!given.store.empty())
    chosen.store = given.store;
  if (given.ask)
    return ask(given, chosen);
  return given.watches ? watch(given, chosen, config) : import_file(given, chosen, config);
}

/// Takes out what is for the configuration, whatever it stands behind.
auto take_settings(std::vector<std::string>& arguments) -> std::vector<std::string> {
  const auto is_setting = [](std::string_view text) {
    return text.starts_with("--eventcore.") || text.starts_with("--scheduler.")
           || text.starts_with("--config-file=");
  };
  std::vector<std::string> settings;
  std::ranges::copy_if(arguments, std::back_inserter(settings), is_setting);
  std::erase_if(arguments, is_setting);
  return settings;
}

auto parse_and_run(int argc, char** argv) -> exit_code {
  std::vector<std::string> texts(argv + std::min(argc, 1), argv + argc);
  const auto settings = take_settings(texts);
  std::ranges::reverse(texts); // as CLI11 takes them
  arguments given;
  CLI::App app{"A bank: its accounts pay each other by standing orders, every cent accounted for."};
  app.require_subcommand(1);
  app.footer(std::string{about_settings} + exit_codes);
  add_import(app, given);
  add_questions(app, given);
  add_watch(app, given);
  try {
    app.parse(std::move(texts));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_code::done : exit_code::bad_input;
  }
  return run(given, settings);
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
