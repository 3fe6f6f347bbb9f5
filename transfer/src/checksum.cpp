#include "checksum.hpp"

#include <new>
#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore::transfer {

void checksum::free_state::operator()(XXH3_state_s* which) const { XXH3_freeState(which); }

checksum::checksum() : state_{XXH3_createState()} {
  if (!state_)
    throw std::bad_alloc{};
  XXH3_128bits_reset(state_.get());
}

checksum::checksum(const checksum& other) : checksum{} {
  XXH3_copyState(state_.get(), other.state_.get());
}

auto checksum::operator=(const checksum& other) -> checksum& {
  XXH3_copyState(state_.get(), other.state_.get());
  return *this;
}

void checksum::add(std::string_view piece) {
  XXH3_128bits_update(state_.get(), piece.data(), piece.size());
}

auto checksum::text() const -> std::string {
  const auto sum = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

} // namespace eventcore::transfer
