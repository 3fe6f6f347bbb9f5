#include "stream_range.hpp"

#include "glob.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

// What is left to compare beside the range, as the bits of a number.
constexpr unsigned kinds = 1;
constexpr unsigned glob = 2;
constexpr unsigned combinations = 4;

auto condition(unsigned parts) -> std::string {
  std::string all = "s.id > $2::text AND s.id >= $3::text AND s.id <= $4::text";
  int last = 4;
  if (parts & kinds)
    all += fmt::format(" AND s.kind = ANY (${}::text[])", ++last);
  if (parts & glob)
    all += fmt::format(" AND s.id ~ ${}::text", ++last);
  return all;
}

// Not below any stream's id that begins with `prefix`, and below all others that are greater.
auto last_with(std::string prefix) -> std::string {
  for (std::size_t i = 0; i < max_stream_id_length; ++i)
    prefix += "\xF4\x8F\xBF\xBF"; // the last code point there is
  return prefix;
}

} // namespace

stream_range::stream_range(const stream_query& query) : query_{query}, to_{last_with({})} {
  const auto narrow = [&](const std::string& first_prefix, const std::string& last_prefix) {
    from_ = std::max(from_, first_prefix);
    to_ = std::min(to_, last_with(last_prefix));
  };
  narrow(query.prefix, query.prefix);
  const std::string literal{literal_prefix(query.glob)};
  narrow(literal, literal);
  if (!query.kinds.empty()) {
    const auto [first, last] =
      std::ranges::minmax(query.kinds, {}, [](const std::string& kind) { return kind + "-"; });
    narrow(first + "-", last + "-");
    for (const auto& kind : query.kinds)
      kinds_.add(kind);
  }
  if (query.glob.empty())
    return;
  if (auto regex = regex_of_glob(query.glob))
    regex_ = std::move(*regex);
  else
    can_fit_ = false;
}

auto stream_range::parts() const -> unsigned {
  return (query_.kinds.size() > 1 ? kinds : 0U) | (query_.glob.empty() ? 0U : glob);
}

auto stream_range::with(std::size_t limit) -> parameters {
  parameters all;
  all.position(limit).text(query_.after).text(from_).text(to_);
  if (parts() & kinds)
    all.list(kinds_);
  if (parts() & glob)
    all.text(regex_);
  return all;
}

stream_statements::stream_statements(std::string_view name, std::string_view before,
                                     std::string_view after) {
  for (unsigned parts = 0; parts < combinations; ++parts)
    all_.push_back(
      {fmt::format("{}_{}", name, parts), fmt::format("{}{}{}", before, condition(parts), after)});
}

} // namespace eventcore::postgres
