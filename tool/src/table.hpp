#pragma once

#include "output.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// Rows in columns under a heading, for people. What a cell holds is made printable; on a terminal
/// the last column is cut where the line ends. The widths are those of the first rows: of as many as
/// come before `flush`, at most a thousand.
class table {
public:
  enum class align : std::uint8_t { left = 1, right };

  struct column {
    std::string_view name;
    align at = align::left;
  };

  table(output& to, std::vector<column> columns);
  table(const table&) = delete;
  auto operator=(const table&) -> table& = delete;
  ~table() { flush(); }

  /// Adds a row with a cell for each column.
  void row(std::vector<std::string> cells);

  /// Prints the rows that came up to now.
  void flush();

private:
  void print(const std::vector<std::string>& cells, bool heading);

  output& to_;
  std::vector<column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> waiting_;
  bool begun_ = false;
};

} // namespace tool
