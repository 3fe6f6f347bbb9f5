#include "array.hpp"

namespace eventcore::postgres {

namespace {

// The header: how many dimensions, whether there are NULLs, the elements' type; then of the one
// dimension its size and its first index.
constexpr std::size_t has_null_at = 4;
constexpr std::size_t type_at = 8;
constexpr std::size_t size_at = 12;
constexpr std::size_t first_index_at = 16;
constexpr std::size_t header_bytes = 20;

constexpr char json_version = 1; // of jsonb's binary form

} // namespace

array::array(element type) : data_(header_bytes, '\0') {
  put(data_.data(), std::int32_t{1});
  put(data_.data() + type_at, static_cast<std::uint32_t>(type));
  put(data_.data() + first_index_at, std::int32_t{1});
}

void array::add(std::string_view value) {
  add_length(value.size());
  data_.append(value);
}

void array::add(std::int64_t value) {
  add_length(sizeof value);
  data_.resize(data_.size() + sizeof value);
  put(data_.data() + data_.size() - sizeof value, value);
}

void array::add_json(std::string_view text) {
  add_length(text.size() + 1);
  data_ += json_version;
  data_.append(text);
}

void array::add_null() {
  add_length(static_cast<std::size_t>(-1));
  has_null_ = true;
}

void array::add_length(std::size_t length) {
  data_.resize(data_.size() + sizeof(std::int32_t));
  put(data_.data() + data_.size() - sizeof(std::int32_t), static_cast<std::int32_t>(length));
  ++size_;
}

auto array::bytes() -> std::string_view {
  put(data_.data() + has_null_at, std::int32_t{has_null_});
  put(data_.data() + size_at, size_);
  return data_;
}

void array::clear() {
  constexpr std::size_t kept = 1024 * 1024;
  data_.resize(header_bytes);
  if (data_.capacity() > kept)
    data_.shrink_to_fit();
  size_ = 0;
  has_null_ = false;
}

} // namespace eventcore::postgres
