#include "watch.hpp"

#include "balances.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <future>
#include <string>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace bank {

namespace {

using clock = std::chrono::steady_clock;

/// What is to be seen at one moment.
struct view {
  clock::time_point at;
  std::uint64_t behind = 0; ///< events that the read model does not hold yet
  overview found;
};

auto take_view(ec::event_store& store, std::size_t accounts) -> ec::result<view> {
  const auto head = store.head();
  if (!head)
    return std::unexpected{head.error()};
  const auto reached = store.load_checkpoint(balances::name);
  if (!reached)
    return std::unexpected{reached.error()};
  auto found = look(store, accounts);
  if (!found)
    return std::unexpected{std::move(found.error())};
  const auto at = reached->value_or(ec::checkpoint{}).position.value;
  return view{.at = clock::now(),
              .behind = head->position.value - std::min(at, head->position.value),
              .found = std::move(*found)};
}

/// Shows views: each over the one before on a terminal.
class screen {
public:
  void show(const view& now) {
    const auto text = summary_of(now);
    fmt::print("{}", in_place_ ? over_the_last(text, now.found) : one_line(text, now.found));
    if (std::fflush(stdout) != 0)
      throw std::system_error{errno, std::generic_category(), "the standard output"};
    last_ = {now.at, now.found.orders};
  }

private:
  struct measured {
    clock::time_point at{}; ///< the clock's beginning: nothing was measured
    std::uint64_t orders = 0;
  };

  auto summary_of(const view& now) const -> std::string {
    double rate = 0;
    if (last_.at != clock::time_point{}) {
      const std::chrono::duration<double> elapsed = now.at - last_.at;
      const auto more = now.found.orders - std::min(now.found.orders, last_.orders);
      rate = static_cast<double>(more) / std::max(elapsed.count(), 1e-3);
    }
    return fmt::format("{} orders, {:.0f} per second, {} events behind", now.found.orders, rate,
                       now.behind);
  }

  static auto one_line(const std::string& text, const overview& found) -> std::string {
    return found.richest.empty() ? text + "\n"
                                 : fmt::format("{}, {} holds {}\n", text, found.richest[0].account,
                                               found.richest[0].balance);
  }

  auto over_the_last(const std::string& text, const overview& found) -> std::string {
    auto shown = lines_ == 0 ? std::string{} : fmt::format("\x1b[{}A", lines_);
    shown += text + "\x1b[K\n";
    for (const auto& [account, balance] : found.richest)
      shown += fmt::format("{:>14}  {}\x1b[K\n", balance, account);
    lines_ = 1 + found.richest.size();
    return shown + "\x1b[J";
  }

  bool in_place_ = isatty(STDOUT_FILENO) == 1;
  std::size_t lines_ = 0; ///< of the view that is shown
  measured last_;
};

} // namespace

// begin: watch
auto watch(ec::runtime& runtime, signal_thread& signals, const watch_settings& settings)
  -> exit_code {
  ec::projection_options options{.until = ec::run_until::stopped};
  options.takeover = std::chrono::seconds{1}; // from a program that was killed
  const auto running = runtime.run(ec::sql_projection<balances>(), options);
  if (!running)
    return report(running.error());
  const on_signal stopping{signals, [&] { running->stop(); }};

  screen shown;
  const auto ended = running->outcome();
  const auto began = clock::now();
  const auto end = settings.duration ? began + *settings.duration : clock::time_point::max();
  auto next = began;
  for (std::uint64_t updates = 0;
       ended.wait_until(std::min(next, end)) != std::future_status::ready; next += settings.every) {
    if (const auto now = take_view(runtime.store(), settings.accounts))
      shown.show(*now);
    else if (!ec::is_retriable(now.error().code))
      return report(now.error());
    if (clock::now() >= end || ++updates == settings.updates)
      return exit_code::done;
  }
  const auto& outcome = ended.get();
  return outcome ? exit_code::done : report(outcome.error());
}
// end: watch

} // namespace bank
