#include "notebook.hpp"

#include <charconv>

namespace harness {

auto notebook::open() -> notebook& {
  static notebook only;
  return only;
}

void notebook::note(const ec::context& about, const std::vector<sight>& saw) {
  const auto call = call_number(about.actor);
  if (call == 0)
    return;
  const std::lock_guard guard{mutex_};
  auto& noted = pages_[call];
  ++noted.runs;
  noted.saw = saw;
}

auto notebook::of(std::uint64_t call) const -> page {
  const std::lock_guard guard{mutex_};
  const auto found = pages_.find(call);
  return found == pages_.end() ? page{} : found->second;
}

void notebook::clear() {
  const std::lock_guard guard{mutex_};
  pages_.clear();
}

auto call_name(std::uint64_t call) -> std::string { return std::to_string(call); }

auto call_number(std::string_view name) -> std::uint64_t {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

} // namespace harness
