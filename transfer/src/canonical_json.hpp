#pragma once

#include "eventcore/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore {
class json_reader;
}

namespace eventcore::transfer {

/// Writes JSON texts in their canonical form, which is equal for values that are equal: no white
/// space; members ordered by the bytes of their names as they are written, of those with the same
/// name the last one; numbers as `append_canonical_number` says; strings as UTF-8, with `\"`, `\\`,
/// `\b`, `\f`, `\n`, `\r`, `\t`, and `\u00xx` for other characters below U+0020.
class json_canonicaliser {
public:
  /// Appends the canonical form of `text`. Fails with `codec_failed` when it is not JSON; what was
  /// appended then means nothing.
  auto append(std::string_view text, std::string& out) -> result<>;

private:
  // A member that was written: where its name is, without quotes, and where it ends.
  struct member {
    std::size_t begin = 0;
    std::size_t name_size = 0;
    std::size_t end = 0;
  };

  auto value(json_reader& in, std::string& out) -> bool;
  auto object(json_reader& in, std::string& out) -> bool;
  auto array(json_reader& in, std::string& out) -> bool;
  auto string(json_reader& in, std::string& out) -> bool;
  void put_in_order(std::size_t first, std::string& out);

  const char* end_ = nullptr;     // of the text
  std::vector<member> members_{}; // of all objects that are open
  std::string moved_{};
};

} // namespace eventcore::transfer
