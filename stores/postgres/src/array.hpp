#pragma once

#include "binary.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eventcore::postgres {

/// The type of an array's elements, by PostgreSQL's number for it.
enum class element : std::uint32_t {
  bytes = 17,
  number = 20,
  text = 25,
  time = 1184,
  id = 2950,
  json = 3802
};

/// An array parameter in PostgreSQL's binary form, written element by element.
class array {
public:
  explicit array(element type);

  void add(std::string_view value); ///< of texts, bytes and ids
  void add(std::int64_t value);
  void add_json(std::string_view text);
  void add_null();

  auto size() const -> std::size_t { return static_cast<std::size_t>(size_); }
  auto is_empty() const -> bool { return size_ == 0; }

  /// What is sent; valid until the next change. Of an array with at least one element.
  auto bytes() -> std::string_view;

  /// Makes it empty. Its memory is kept, unless it is much.
  void clear();

private:
  void add_length(std::size_t length);

  std::string data_;
  std::int32_t size_ = 0;
  bool has_null_ = false;
};

} // namespace eventcore::postgres
