#pragma once

#include <string>

namespace eventcore {

/// A place in the JSON of a type and what stands there.
///
/// A path reads `lines[].item.sku`: a member of an object, `[]` each element of a list, `[0]` one of a
/// fixed number, `{}` each value of a map, `(card)` an alternative; empty for the whole. The type of
/// an object or a list says that it is one; what is in it has places of its own, behind it. A type
/// that holds itself is followed once: from then on it is `as PATH`.
struct shape_place {
  std::string path{};
  std::string type{};
  bool optional = false;      ///< may be missing, and is then empty
  bool has_default = false;   ///< may be missing, and is then `default_json`
  std::string default_json{}; ///< canonical

  /// Whether text without this place is read all the same.
  auto may_be_missing() const -> bool { return optional || has_default; }

  friend auto operator==(const shape_place&, const shape_place&) -> bool = default;
};

/// As a schema shows it: `lines[].pieces: int32`.
auto to_text(const shape_place& place) -> std::string;

} // namespace eventcore
