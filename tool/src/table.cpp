#include "table.hpp"

#include <eventcore/detail/printable.hpp>
#include <eventcore/detail/utf8.hpp>

#include <algorithm>
#include <utility>

namespace tool {

namespace {

namespace detail = eventcore::detail;

constexpr std::size_t most_waiting = 1000;
constexpr std::string_view gap = "  ";

/// How many columns a well-formed text takes: one for each code point.
auto width_of(std::string_view text) -> std::size_t {
  return static_cast<std::size_t>(
    std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// As much of a well-formed text as fits into `width` columns.
auto cut(std::string_view text, std::size_t width) -> std::string {
  if (width_of(text) <= width)
    return std::string{text};
  std::string shown;
  for (; width > 1; --width) {
    const auto length = detail::decode_utf8(text).length;
    shown += text.substr(0, length);
    text.remove_prefix(length);
  }
  return shown + "…";
}

} // namespace

table::table(output& to, std::vector<column> columns) : to_{to}, columns_{std::move(columns)} {
  for (const auto& each : columns_)
    widths_.push_back(width_of(each.name));
}

void table::row(std::vector<std::string> cells) {
  for (auto& cell : cells)
    cell = detail::printable(cell, std::string_view::npos);
  waiting_.push_back(std::move(cells));
  if (waiting_.size() >= most_waiting)
    flush();
}

void table::flush() {
  if (waiting_.empty())
    return;
  for (const auto& cells : waiting_)
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(cells[i]));
  if (!std::exchange(begun_, true)) {
    std::vector<std::string> names;
    for (const auto& each : columns_)
      names.emplace_back(each.name);
    print(names, true);
  }
  for (const auto& cells : waiting_)
    print(cells, false);
  waiting_.clear();
}

void table::print(const std::vector<std::string>& cells, bool heading) {
  std::string line;
  std::size_t used = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool last = i + 1 == cells.size();
    const auto room = to_.width() > used + 1 ? to_.width() - used : 1;
    const auto text = last && to_.width() > 0 ? cut(cells[i], room) : cells[i];
    const auto width = width_of(text);
    const std::string padding(std::max(widths_[i], width) - width, ' ');
    if (columns_[i].at == align::right)
      line += padding + text;
    else
      line += last ? text : text + padding;
    used += width + padding.size() + gap.size();
    if (!last)
      line += gap;
  }
  to_.line(heading ? to_.bold(line) : line);
}

} // namespace tool
