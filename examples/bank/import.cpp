#include "bank.hpp"
#include "orders.hpp"
#include "progress.hpp"
#include "summary.hpp"
#include "teller.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bank {

namespace {

/// The import of one file.
class file_import {
public:
  file_import(ec::runtime& runtime, const import_settings& settings)
      : settings_{settings}, name_{settings.file.filename().string()},
        teller_{runtime, settings.opening_balance, settings.in_flight} {}

  auto run(order_file& file) -> exit_code;
  auto counted() const -> summary;

private:
  /// What ended it before the end of the file.
  struct obstacle {
    std::uint64_t line;
    ec::failure why;
  };

  void take_line(order_file& file);
  void settle(const std::vector<ended_order>& orders);
  void meet(std::uint64_t line, const ec::failure& why);
  void tell_bad(std::uint64_t line, const ec::failure& why);
  auto verdict(const order_file& file) -> exit_code;
  auto stop_at(const obstacle& met) -> exit_code;

  const import_settings& settings_;
  std::string name_;
  teller teller_;
  progress progress_;
  summary summary_;
  std::optional<obstacle> met_; ///< the first in the file
};

auto is_about_the_line(ec::errc code) -> bool {
  return code == ec::errc::invalid_argument || code == ec::errc::rule_violated
         || code == ec::errc::request_reused;
}

auto file_import::run(order_file& file) -> exit_code {
  while (!met_ && file.next()) {
    take_line(file);
    settle(teller_.ended());
    while (!met_ && !teller_.has_room())
      settle(teller_.wait());
  }
  while (teller_.is_busy())
    settle(teller_.wait());
  progress_.clear();
  return verdict(file);
}

void file_import::take_line(order_file& file) {
  const auto line = file.line();
  if (auto order = line ? parse_order(*line) : std::unexpected{line.error()})
    teller_.take(file.number(), std::move(*order));
  else
    meet(file.number(), order.error());
}

void file_import::settle(const std::vector<ended_order>& orders) {
  for (const auto& [line, id, outcome] : orders) {
    if (!outcome) {
      meet(line, outcome.error());
      continue;
    }
    summary_.count(*outcome);
    if (settings_.print_done)
      fmt::print("{}\n", id);
  }
  if (settings_.print_done && !orders.empty() && std::fflush(stdout) != 0)
    throw std::system_error{errno, std::generic_category(), "the standard output"};
  if (!orders.empty())
    progress_.show(summary_.orders());
}

void file_import::meet(std::uint64_t line, const ec::failure& why) {
  if (!is_about_the_line(why.code))
    teller_.give_up();
  else if (settings_.on_error == bad_line::skip)
    return tell_bad(line, why);
  if (!met_ || line < met_->line)
    met_ = {line, why};
}

void file_import::tell_bad(std::uint64_t line, const ec::failure& why) {
  progress_.clear();
  fmt::print(stderr, "{}:{}: {}\n", name_, line, why.detail);
  ++summary_.bad_lines;
}

auto file_import::verdict(const order_file& file) -> exit_code {
  if (met_)
    return stop_at(*met_);
  if (const auto failed = file.read_failure())
    return report(*failed);
  return summary_.bad_lines == 0 ? exit_code::done : exit_code::incomplete;
}

auto file_import::stop_at(const obstacle& met) -> exit_code {
  if (met.why.code == ec::errc::shutting_down) {
    fmt::print(stderr, "stopped by a signal; what is done stays done, import the file again to go "
                       "on\n");
    return exit_code::stopped;
  }
  if (!is_about_the_line(met.why.code)) {
    fmt::print(
      stderr, "{}:{}: {}\nstopped there; what is done stays done, import the file again to go on\n",
      name_, met.line, met.why.detail);
    return exit_code::store_failed;
  }
  tell_bad(met.line, met.why);
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

auto import_orders(ec::runtime& runtime, const import_settings& settings) -> exit_code {
  auto file = order_file::open(settings.file);
  if (!file)
    return report(file.error());
  file_import import{runtime, settings};
  const auto began = std::chrono::steady_clock::now();
  const auto code = import.run(*file);
  // With --print-done the standard output is the list of ids and nothing else.
  fmt::print(settings.print_done ? stderr : stdout, "{}",
             import.counted().text(std::chrono::steady_clock::now() - began));
  return code;
}

} // namespace bank
