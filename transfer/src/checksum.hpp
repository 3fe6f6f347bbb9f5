#pragma once

#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s; // of xxHash

namespace eventcore::transfer {

/// XXH3 with 128 bits of a text that comes in pieces.
class checksum {
public:
  checksum();
  checksum(const checksum& other);
  checksum(checksum&&) noexcept = default;
  auto operator=(checksum&&) noexcept -> checksum& = default;
  auto operator=(const checksum& other) -> checksum&;
  ~checksum() = default;

  void add(std::string_view piece);

  /// 32 hexadecimal digits, the most significant one first.
  auto text() const -> std::string;

private:
  struct free_state {
    void operator()(XXH3_state_s* which) const;
  };

  std::unique_ptr<XXH3_state_s, free_state> state_;
};

} // namespace eventcore::transfer
