#include "rows.hpp"

#include "errors.hpp"

#include <charconv>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

[[noreturn]] void refuse(const PGresult* result, int column, std::size_t size) {
  raise(errc::store_corrupt,
        fmt::format("column {} in the database has {} bytes, which this program never writes; look "
                    "for damage and restore a backup",
                    PQfname(result, column), size));
}

} // namespace

auto rows::number(int row, int column) const -> std::int64_t {
  const auto value = bytes(row, column);
  if (value.size() != sizeof(std::int64_t))
    refuse(result_.get(), column, value.size());
  return take<std::int64_t>(value);
}

auto rows::truth(int row, int column) const -> bool {
  const auto value = bytes(row, column);
  if (value.size() != 1)
    refuse(result_.get(), column, value.size());
  return value.front() != 0;
}

auto rows::id(int row, int column) const -> uuid_bytes {
  uuid_bytes id;
  const auto value = bytes(row, column);
  if (value.size() != id.size())
    refuse(result_.get(), column, value.size());
  std::memcpy(id.data(), value.data(), id.size());
  return id;
}

auto rows::changed() const -> std::uint64_t {
  const std::string_view count{PQcmdTuples(result_.get())};
  std::uint64_t value = 0;
  std::from_chars(count.data(), count.data() + count.size(), value);
  return value;
}

} // namespace eventcore::postgres
