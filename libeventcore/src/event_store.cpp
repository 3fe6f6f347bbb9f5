#include "eventcore/event_store.hpp"

#include <utility>

namespace eventcore {

auto event_store::append(const write_set& set) -> append_outcome {
  return std::move(append(std::span{&set, 1}).front());
}

auto event_store::read(const read_stream& query) -> result<stream_page> {
  auto pages = read(std::span{&query, 1});
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  return std::move(pages->front());
}

} // namespace eventcore
