#include "eventcore/event_store.hpp"

#include "eventcore/detail/utf8.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore {

auto event_store::append(const write_set& set) -> append_outcome {
  const auto* one = &set;
  return std::move(append(write_batch{&one, 1}).front());
}

auto event_store::append(std::span<const write_set> batch) -> std::vector<append_outcome> {
  std::vector<const write_set*> sets;
  sets.reserve(batch.size());
  for (const auto& set : batch)
    sets.push_back(&set);
  return append(write_batch{sets});
}

auto event_store::read(const read_stream& query) -> result<stream_page> {
  auto pages = read(std::span{&query, 1});
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  return std::move(pages->front());
}

auto validate_name(std::string_view what, std::string_view name) -> result<> {
  if (name.empty() || name.find('\0') != std::string_view::npos || !detail::is_utf8(name))
    return fail(errc::invalid_argument,
                fmt::format("the name of a {} is valid UTF-8 without NUL and not empty", what));
  return {};
}

auto validate_term(std::chrono::milliseconds term) -> result<> {
  if (term <= std::chrono::milliseconds::zero())
    return fail(errc::invalid_argument,
                fmt::format("a lease runs for at least 1 ms, {} ms were asked for", term.count()));
  return {};
}

} // namespace eventcore
