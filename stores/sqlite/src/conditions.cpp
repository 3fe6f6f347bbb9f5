#include "conditions.hpp"

#include <fmt/format.h>

namespace eventcore::sqlite {

auto end_of_prefix(std::string prefix) -> std::string {
  ++prefix.back(); // never 0xFF in UTF-8
  return prefix;
}

auto conditions::parameter(std::string text) -> std::string {
  texts_.push_back(std::move(text));
  return fmt::format("?{}", texts_.size() + taken_);
}

void conditions::add(const std::string& condition) {
  all_ += all_.empty() ? condition : " AND " + condition;
}

void conditions::add_kinds(const std::vector<std::string>& kinds) {
  if (kinds.empty())
    return;
  std::string list;
  for (const auto& kind : kinds)
    list += (list.empty() ? "" : ", ") + parameter(kind);
  add("s.kind IN (" + list + ")");
}

void conditions::add_glob(const std::string& glob) {
  if (!glob.empty())
    add(fmt::format("eventcore_glob({}, s.id)", parameter(glob)));
}

} // namespace eventcore::sqlite
