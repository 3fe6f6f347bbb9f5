#pragma once

#include "workload.hpp"

namespace stress {

/// `count` stocks and as many wish lists, each of 1 to 5 of the stocks. Three commands of four order a list, the fourth
/// brings new pieces, about as many as are taken: now and then an order is refused for want of them.
auto make_discovery(std::size_t count, std::uint64_t seed) -> std::unique_ptr<workload>;

} // namespace stress
