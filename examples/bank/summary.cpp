#include "summary.hpp"

#include "entry.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace bank {

namespace {

auto total(const std::map<rejection, std::uint64_t>& rejected) -> std::uint64_t {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : rejected)
    sum += count;
  return sum;
}

auto commonest(const std::map<rejection, std::uint64_t>& rejected) -> std::string {
  constexpr std::size_t most = 3;
  std::vector<std::pair<std::uint64_t, rejection>> reasons;
  reasons.reserve(rejected.size());
  for (const auto& [reason, count] : rejected)
    reasons.emplace_back(count, reason);
  std::ranges::sort(reasons, std::greater{});
  std::string text;
  for (std::size_t i = 0; i < std::min(most, reasons.size()); ++i)
    text += fmt::format("{}{} {}", text.empty() ? " (" : ", ", to_text(reasons[i].second),
                        reasons[i].first);
  return text.empty() ? text : text + ")";
}

} // namespace

void summary::count(const settled& order) {
  if (order.already_done)
    ++already_done;
  else if (order.rejected_for)
    ++rejected[*order.rejected_for];
  else
    ++executed;
}

auto summary::orders() const -> std::uint64_t { return executed + total(rejected) + already_done; }

auto summary::text(std::chrono::duration<double> elapsed) const -> std::string {
  const auto rate = static_cast<double>(orders()) / std::max(elapsed.count(), 1e-6);
  auto text = fmt::format("{} orders in {:.2f} s, {:.0f} per second\n"
                          "  executed      {}\n"
                          "  rejected      {}{}\n"
                          "  already done  {}\n"
                          "  bad lines     {}\n"
                          "  new accounts  {}\n"
                          "  retries       {}\n",
                          orders(), elapsed.count(), rate, executed, total(rejected),
                          commonest(rejected), already_done, bad_lines, accounts_opened, retries);
  if (already_done > 0 && already_done == orders() && accounts_opened == 0)
    text += "nothing changed: all of these orders were done before\n";
  return text;
}

} // namespace bank
