#pragma once

#include "eventcore/position.hpp"

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace eventcore::postgres {

/// A position or version as PostgreSQL's signed integers hold it; the largest stands for all above.
constexpr auto to_sql(std::uint64_t value) -> std::int64_t {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  return value > static_cast<std::uint64_t>(largest) ? largest : static_cast<std::int64_t>(value);
}

// -- PostgreSQL's binary forms: numbers in network order ------------------------

template <class T>
auto in_network_order(T value) -> T {
  static_assert(std::is_integral_v<T>);
  if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1)
    return std::byteswap(value);
  else
    return value;
}

template <class T>
void put(char* to, T value) {
  value = in_network_order(value);
  std::memcpy(to, &value, sizeof value);
}

/// `from` has the size of a T.
template <class T>
auto take(std::string_view from) -> T {
  T value;
  from.copy(reinterpret_cast<char*>(&value), sizeof value);
  return in_network_order(value);
}

/// A timestamptz counts microseconds from the year 2000.
inline constexpr auto epoch = std::chrono::sys_time<std::chrono::microseconds>{
  std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

constexpr auto to_sql(timestamp time) -> std::int64_t { return (time - epoch).count(); }

constexpr auto time_of(std::int64_t sql) -> timestamp {
  return epoch + std::chrono::microseconds{sql};
}

/// The bytes of an id, which must outlive the view.
inline auto bytes_of(const uuid_bytes& id) -> std::string_view {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

} // namespace eventcore::postgres
