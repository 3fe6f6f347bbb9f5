#include "bank.hpp"
#include "orders.hpp"
#include "progress.hpp"
#include "summary.hpp"
#include "teller.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bank {

namespace {

/// The import of one file, some lines at a time.
class file_import {
public:
  file_import(ec::event_store& store, const import_settings& settings)
      : settings_{settings}, name_{settings.file.filename().string()},
        teller_{store, settings.opening_balance} {}

  auto run(order_file& file) -> exit_code;
  auto counted() const -> summary;

private:
  /// Lines that hold an order each.
  struct group {
    std::vector<transfer_money> orders;
    std::vector<std::uint64_t> lines;
  };

  auto take_line(order_file& file) -> exit_code;
  auto settle_group() -> exit_code;
  auto refuse(std::uint64_t line, const ec::failure& why) -> exit_code;

  const import_settings& settings_;
  std::string name_;
  teller teller_;
  progress progress_;
  group group_;
  summary summary_;
};

auto is_about_the_line(ec::errc code) -> bool {
  return code == ec::errc::invalid_argument || code == ec::errc::rule_violated
         || code == ec::errc::request_reused;
}

// A function of this file that gives `done` lets the import go on.

auto file_import::run(order_file& file) -> exit_code {
  auto code = exit_code::done;
  while (code == exit_code::done && file.next())
    code = take_line(file);
  if (code == exit_code::done)
    code = settle_group();
  progress_.clear();
  if (code != exit_code::done)
    return code;
  if (const auto failed = file.read_failure())
    return report(*failed);
  return summary_.bad_lines == 0 ? exit_code::done : exit_code::incomplete;
}

auto file_import::take_line(order_file& file) -> exit_code {
  const auto line = file.line();
  auto order = line ? parse_order(*line) : std::unexpected{line.error()};
  if (!order) {
    const auto before = settle_group();
    return before == exit_code::done ? refuse(file.number(), order.error()) : before;
  }
  group_.orders.push_back(std::move(*order));
  group_.lines.push_back(file.number());
  return group_.lines.size() < settings_.group ? exit_code::done : settle_group();
}

auto file_import::settle_group() -> exit_code {
  const auto [orders, lines] = std::exchange(group_, {});
  const auto outcomes = teller_.settle(orders);
  auto code = exit_code::done;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]) {
      summary_.count(*outcomes[i]);
      if (settings_.print_done)
        fmt::print("{}\n", orders[i].order);
    } else if (code == exit_code::done) {
      code = refuse(lines[i], outcomes[i].error());
    }
  }
  if (settings_.print_done && std::fflush(stdout) != 0)
    throw std::system_error{errno, std::generic_category(), "the standard output"};
  progress_.show(summary_.orders());
  return code;
}

auto file_import::refuse(std::uint64_t line, const ec::failure& why) -> exit_code {
  progress_.clear();
  fmt::print(stderr, "{}:{}: {}\n", name_, line, why.detail);
  if (!is_about_the_line(why.code)) {
    fmt::print(stderr, "stopped there; what is done stays done, import the file again to go on\n");
    return exit_code::store_failed;
  }
  ++summary_.bad_lines;
  if (settings_.on_error == bad_line::skip)
    return exit_code::done;
  fmt::print(stderr, "stopped there; what is done stays done. Correct the line and import the file "
                     "again, or go on past such lines with --on-error skip\n");
  return exit_code::bad_input;
}

auto file_import::counted() const -> summary {
  auto counted = summary_;
  counted.accounts_opened = teller_.accounts_opened();
  counted.retries = teller_.retries();
  return counted;
}

} // namespace

auto import_orders(ec::event_store& store, const import_settings& settings) -> exit_code {
  auto file = order_file::open(settings.file);
  if (!file)
    return report(file.error());
  file_import import{store, settings};
  const auto began = std::chrono::steady_clock::now();
  const auto code = import.run(*file);
  // With --print-done the standard output is the list of ids and nothing else.
  fmt::print(settings.print_done ? stderr : stdout, "{}",
             import.counted().text(std::chrono::steady_clock::now() - began));
  return code;
}

} // namespace bank
