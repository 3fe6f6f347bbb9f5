#include "eventcore/boundary.hpp"

#include <algorithm>
#include <utility>

namespace eventcore {

namespace {

// By stream; views of one stream in the order of their names, which does not depend on addresses.
auto before(const wanted_state& a, const wanted_state& b) -> bool {
  if (const auto order = a.stream <=> b.stream; order != 0)
    return order < 0;
  return a.view->name < b.view->name;
}

auto entries_from(std::span<const boundary::entry> entries, const stream_id& stream)
  -> std::span<const boundary::entry> {
  const auto first =
    std::ranges::lower_bound(entries, stream, {}, [](const boundary::entry& e) -> const stream_id& {
      return e.wanted.stream;
    });
  return {first, entries.end()};
}

} // namespace

auto boundary::add(const stream_id& stream, const view_type& view, bool listed) -> result<> {
  if (!stream.is_named())
    return fail(errc::invalid_argument,
                "a stream of kind '" + std::string{view.kind}
                  + "' in the command has no name; give every stream member an id");
  entries_.push_back({.wanted = {stream, &view}, .listed = listed});
  return {};
}

void boundary::add_known(std::span<const entry> earlier) {
  for (const auto& known : earlier)
    entries_.push_back({.wanted = known.wanted, .needed = false});
}

auto boundary::settle() -> bool {
  if (entries_.size() > 1) {
    // Stable, so that of two equal entries the loaded one, which is older, comes first and stays.
    std::ranges::stable_sort(entries_, before, &entry::wanted);
    std::size_t kept = 0;
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i].wanted == entries_[kept].wanted) {
        entries_[kept].needed |= entries_[i].needed;
        entries_[kept].listed |= entries_[i].listed;
      } else if (++kept != i) {
        entries_[kept] = std::move(entries_[i]);
      }
    }
    entries_.resize(kept + 1);
    number_streams();
  }
  std::size_t settled = 0;
  for (const auto& one : entries_)
    settled += (one.needed ? 1U : 0U) + (one.listed ? 1U : 0U);
  return std::exchange(settled_, settled) != settled;
}

void boundary::drop_unneeded() {
  if (std::erase_if(entries_, [](const entry& e) { return !e.needed; }) > 0)
    number_streams();
}

void boundary::number_streams() {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    entries_[i].stream =
      i == 0 ? 0
             : entries_[i - 1].stream
                 + (entries_[i].wanted.stream == entries_[i - 1].wanted.stream ? 0 : 1);
}

auto boundary::find(const stream_id& stream, const view_type& view) const -> const entry* {
  for (const auto& one : entries_from(entries_, stream)) {
    if (one.wanted.stream != stream)
      break;
    if (one.wanted.view == &view && one.needed)
      return &one;
  }
  return nullptr;
}

auto boundary::find(const stream_id& stream) const -> const entry* {
  for (const auto& one : entries_from(entries_, stream)) {
    if (one.wanted.stream != stream)
      break;
    if (one.needed)
      return &one;
  }
  return nullptr;
}

auto boundary::missing() const -> std::vector<wanted_state> {
  std::vector<wanted_state> wanted;
  wanted.reserve(entries_.size());
  for (const auto& one : entries_)
    if (!one.loaded)
      wanted.push_back(one.wanted);
  return wanted;
}

void boundary::fill(std::vector<stream_state> states) {
  auto next = states.begin();
  for (auto& one : entries_)
    if (!one.loaded) {
      one.state = std::move(*next++);
      one.loaded = true;
    }
}

void boundary::drop_states() {
  for (auto& one : entries_)
    one.state.value.reset();
}

auto boundary::expectations() const -> std::vector<expectation> {
  std::vector<expectation> all;
  all.reserve(entries_.size());
  for (const auto& one : entries_)
    if (one.loaded && (all.empty() || all.back().stream != one.wanted.stream))
      all.push_back({one.wanted.stream, one.state.head});
  return all;
}

} // namespace eventcore
