#pragma once

#include "stress/postgres_session.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Values as PostgreSQL's binary protocol has them: the cheapest way to hand over what a statement takes.
namespace bench::pg {

/// A type of PostgreSQL and that of its arrays.
struct type {
  std::uint32_t number = 0;
  std::uint32_t array = 0;
};

inline constexpr type int8{20, 1016};
inline constexpr type int4{23, 1007};
inline constexpr type text{25, 1009};
inline constexpr type timestamptz{1184, 1185};
inline constexpr type uuid{2950, 2951};
inline constexpr type jsonb{3802, 3807};

/// Appends a number, its highest byte first.
template <class Number>
void append_number(std::string& to, Number value) {
  for (std::size_t shift = sizeof(Number) * 8; shift > 0; shift -= 8)
    to += static_cast<char>(static_cast<std::uint64_t>(value) >> (shift - 8));
}

/// The value of a row's column.
inline void append(std::string& to, std::int64_t value) { append_number(to, value); }
inline void append(std::string& to, std::int32_t value) { append_number(to, value); }
inline void append(std::string& to, std::string_view bytes) { to += bytes; }

/// A jsonb begins with its version.
struct json {
  std::string_view text;
};
inline void append(std::string& to, const json& value) {
  to += '\1';
  to += value.text;
}

/// A column of one row.
template <class Value>
auto single(const type& of, const Value& value) -> binary_value {
  binary_value made{.type = of.number};
  append(made.bytes, value);
  return made;
}

/// The same column of many rows as an array; `column(row)` gives each value.
template <class Row, class Column>
auto array(const type& of, std::span<const Row> rows, const Column& column) -> binary_value {
  binary_value made{.type = of.array};
  auto& bytes = made.bytes;
  append_number(bytes, std::int32_t{1}); // dimensions
  append_number(bytes, std::int32_t{0}); // no nulls
  append_number(bytes, static_cast<std::int32_t>(of.number));
  append_number(bytes, static_cast<std::int32_t>(rows.size()));
  append_number(bytes, std::int32_t{1}); // the first index
  for (const auto& row : rows) {
    const auto at = bytes.size();
    append_number(bytes, std::int32_t{0});
    append(bytes, column(row));
    std::string size;
    append_number(size, static_cast<std::int32_t>(bytes.size() - at - sizeof(std::int32_t)));
    bytes.replace(at, size.size(), size);
  }
  return made;
}

} // namespace bench::pg
