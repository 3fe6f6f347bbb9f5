#pragma once

#include "eventcore/failure.hpp"
#include "eventcore/json/check.hpp"

#include <string>
#include <string_view>
#include <utility>

/// JSON of described types, written and read directly.
///
/// | type | JSON |
/// |---|---|
/// | `bool`, integers, `float`, `double` | `true`, all 64 bits, the shortest number that reads back
/// the same | | `std::string` | valid UTF-8 without NUL | | described enum | name of the enumerator
/// | | described struct | object, members in the order described | | `std::optional` | left out as
/// a member, else `null`; absent or `null` reads as empty | | `vector`, `array`, `set`,
/// `unordered_set`, `pair`, `tuple` | array | | `map`, `unordered_map` | object; keys are texts or
/// integers, or strong types of them | | `variant` of classes | object with one member, named after
/// the type | | `sys_time` | `"2024-01-31T23:59:59.123456Z"` | | `duration` | its count | | `uuid`,
/// `stream_id`, `strong_type`s | their text, or what they are unwrapped to |
///
/// Reading skips members that it does not know. It refuses a missing member unless it is a
/// `std::optional` or listed by `added_later` (see `defaults`), a member that is there twice, and a
/// number that does not fit. Types of your own: `EVENTCORE_STRONG_TYPE`, `strong_type`,
/// `json_format`.
///
/// Not every value has JSON: numbers that are not finite, text that is not UTF-8 or holds NUL,
/// unnamed stream ids, times outside the years 1 to 9999, enums out of range, nesting deeper than
/// 128. `try_append_json` and `try_canonical_json` say so. The others are for values that are known
/// to be good; they do write such a value, for people and logs, but so that nothing of ours ever
/// reads it back as something else: it is refused by the store or by `from_json`.
namespace eventcore {

/// Appends `value` as compact JSON. On failure (`codec_failed`, with path and reason) `out` is as
/// it was. Costs nothing over `append_json` when all is well.
template <class T>
[[nodiscard]] auto try_append_json(const T& value, std::string& out,
                                   json_style style = json_style::plain) -> result<> {
  assert_json_codable<T>();
  const auto size = out.size();
  json_writer writer{out, style};
  json_format<T>::write(writer, value);
  writer.finish();
  if (!writer.has_defect()) [[likely]]
    return {};
  auto failed = writer.take_failure(detail::json_root<T>());
  out.resize(size);
  return std::unexpected{std::move(failed)};
}

/// Appends `value`, which is known to be good, as compact JSON.
template <class T>
void append_json(const T& value, std::string& out, json_style style = json_style::plain) {
  assert_json_codable<T>();
  json_writer writer{out, style};
  json_format<T>::write(writer, value);
  writer.finish();
}

/// `value`, which is known to be good, as compact JSON.
template <class T>
auto to_json(const T& value) -> std::string {
  std::string out;
  append_json(value, out);
  return out;
}

/// The JSON that digests are made of: equal for equal values, also when members were added to the
/// type since, because those listed by `added_later` are left out while they have their default.
/// Unordered containers are sorted.
template <class T>
auto canonical_json(const T& value) -> std::string {
  std::string out;
  append_json(value, out, json_style::canonical);
  return out;
}

/// `canonical_json` of a value that may be bad.
template <class T>
[[nodiscard]] auto try_canonical_json(const T& value) -> result<std::string> {
  std::string out;
  if (auto done = try_append_json(value, out, json_style::canonical); !done)
    return std::unexpected{std::move(done.error())};
  return out;
}

/// Reads one JSON value. Fails with `codec_failed`, the path, which begins with the name of a
/// described `T`, and the reason.
template <class T>
[[nodiscard]] auto from_json(std::string_view text) -> result<T> {
  assert_json_codable<T>();
  result<T> value{std::in_place};
  json_reader reader{text};
  if (!json_format<T>::read(reader, *value) || !reader.at_end()) [[unlikely]]
    value = std::unexpected{reader.take_failure(detail::json_root<T>())};
  return value;
}

/// Whether `text` is one well-formed JSON value and nothing after it: valid UTF-8, no NUL (escaped or
/// not), no lone surrogates, no exponents of more than four digits, nested at most 128 levels.
/// Members that are there twice are not looked for. Fails with `codec_failed` and the byte.
[[nodiscard]] auto validate_json(std::string_view text) -> result<>;

} // namespace eventcore
