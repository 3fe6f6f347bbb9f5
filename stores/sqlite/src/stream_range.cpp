#include "stream_range.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

struct range {
  std::string first;  // from here on
  bool after = false; // but not this one
  std::string end;    // up to before here; empty: to the last
};

// A kind's streams are those that begin with its name and '-'. SQLite takes only one lower and one
// upper bound for its way through an index.
auto range_of(const stream_query& wanted) -> range {
  range found{.first = wanted.after, .after = true, .end = {}};
  const auto narrow = [&](const std::string& first, const std::string& end) {
    if (first > found.first) {
      found.first = first;
      found.after = false;
    }
    if (found.end.empty() || end < found.end)
      found.end = end;
  };
  if (!wanted.prefix.empty())
    narrow(wanted.prefix, end_of_prefix(wanted.prefix));
  std::vector<std::string> kinds;
  for (const auto& kind : wanted.kinds)
    kinds.push_back(kind + '-');
  if (const auto [first, last] = std::ranges::minmax_element(kinds); first != kinds.end())
    narrow(*first, end_of_prefix(*last));
  return found;
}

} // namespace

auto conditions_of(const stream_query& wanted, std::size_t taken) -> conditions {
  conditions all{taken};
  const auto range = range_of(wanted);
  if (!range.first.empty())
    all.add(fmt::format("s.id {} {}", range.after ? ">" : ">=", all.parameter(range.first)));
  if (!range.end.empty())
    all.add("s.id < " + all.parameter(range.end));
  all.add_kinds(wanted.kinds);
  all.add_glob(wanted.glob);
  if (all.all().empty())
    all.add("true");
  return all;
}

void bind_texts(query& to, const conditions& wanted, int taken) {
  for (const auto& text : wanted.texts())
    to.bind(++taken, text);
}

} // namespace eventcore::sqlite
