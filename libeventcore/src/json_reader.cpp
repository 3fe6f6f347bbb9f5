#include "json_scan.hpp"

#include "eventcore/json/reader.hpp"
#include "eventcore/json/writer.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace eventcore {

namespace {

constexpr auto is_digit(char c) -> bool { return c >= '0' && c <= '9'; }

/// The digits from `at` on, to the first other byte; null when there are none, when they do not
/// fit, when they begin with a needless zero, or when the number goes on with a fraction or an
/// exponent.
auto take_digits(const char* at, const char* end, std::uint64_t& value) -> const char* {
  if (at == end || !is_digit(*at))
    return nullptr;
  const auto* const first = at;
  std::uint64_t read = 0;
  for (; at != end && is_digit(*at); ++at)
    if (__builtin_mul_overflow(read, 10U, &read)
        || __builtin_add_overflow(read, static_cast<std::uint64_t>(*at - '0'), &read))
      return nullptr;
  if ((*first == '0' && at - first > 1) || (at != end && (*at == '.' || *at == 'e' || *at == 'E')))
    return nullptr;
  value = read;
  return at;
}

} // namespace

auto json_reader::read_bool(bool& value) -> bool {
  skip_space();
  const std::string_view rest{at_, static_cast<std::size_t>(end_ - at_)};
  value = rest.starts_with("true");
  if (!value && !rest.starts_with("false"))
    return expected("true or false", at_);
  at_ += value ? 4 : 5;
  return true;
}

auto json_reader::read_unsigned(std::uint64_t high, std::uint64_t& value) -> bool {
  skip_space();
  const auto* after = take_digits(at_, end_, value);
  if (after == nullptr || value > high)
    return expected(fmt::format("an integer in [0, {}]", high), at_);
  at_ = after;
  return true;
}

auto json_reader::read_signed(std::int64_t low, std::int64_t high, std::int64_t& value) -> bool {
  skip_space();
  const bool negative = at_ != end_ && *at_ == '-';
  std::uint64_t magnitude = 0;
  const auto* after = take_digits(at_ + (negative ? 1 : 0), end_, magnitude);
  // -low as unsigned, without overflow for the lowest of all.
  const auto most =
    negative ? ~static_cast<std::uint64_t>(low) + 1 : static_cast<std::uint64_t>(high);
  if (after == nullptr || magnitude > most)
    return expected(fmt::format("an integer in [{}, {}]", low, high), at_);
  value = static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
  at_ = after;
  return true;
}

template <class Float>
auto json_reader::read_float(Float& value) -> bool {
  skip_space();
  if (at_ == end_ || (*at_ != '-' && !is_digit(*at_)))
    return expected("a number", at_);
  detail::json_cursor in{at_, end_};
  if (const auto* problem = detail::skip_number(in))
    return malformed(problem, in.at);
  if (std::from_chars(at_, in.at, value).ec != std::errc{})
    return expected(sizeof(Float) == sizeof(double) ? "a number within the range of a double"
                                                    : "a number within the range of a float",
                    at_);
  at_ = in.at;
  return true;
}

auto json_reader::read_number(double& value) -> bool { return read_float(value); }
auto json_reader::read_number(float& value) -> bool { return read_float(value); }

auto json_reader::read_text(std::string_view& value) -> bool {
  skip_space();
  if (at_ == end_ || *at_ != '"')
    return expected("a string", at_);
  detail::json_cursor in{at_ + 1, end_};
  bool escaped = false;
  if (const auto* problem = detail::skip_string(in, escaped))
    return malformed(problem, in.at);
  value = {at_ + 1, in.at - 1};
  at_ = in.at;
  if (escaped) {
    detail::unescape(value, scratch_);
    value = scratch_;
  }
  return true;
}

auto json_reader::read_string(std::string& value) -> bool {
  std::string_view text;
  if (!read_text(text))
    return false;
  value = text;
  return true;
}

auto json_reader::take_null() -> bool {
  skip_space();
  if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with("null"))
    return false;
  at_ += 4;
  return true;
}

auto json_reader::read_choice(std::span<const detail::json_choice> choices, std::int64_t& value)
  -> bool {
  const auto* where = mark();
  std::string_view text;
  if (at_ != end_ && *at_ == '"') {
    if (!read_text(text))
      return false;
    for (const auto& choice : choices)
      if (choice.name == text) {
        value = choice.value;
        return true;
      }
  }
  std::string names;
  for (const auto& choice : choices)
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", choice.name);
  return expected(fmt::format("one of {}", names), where);
}

auto json_reader::skip_value() -> bool {
  detail::json_cursor in{at_, end_};
  const auto* problem = detail::skip_value(in, max_json_depth - depth_);
  at_ = in.at;
  return problem == nullptr || malformed(problem, at_);
}

auto json_reader::enter() -> bool {
  if (++depth_ > max_json_depth)
    return refuse(fmt::format("nested deeper than {} levels", max_json_depth), at_);
  ++at_;
  return true;
}

auto json_reader::open_array() -> bool {
  skip_space();
  return at_ != end_ && *at_ == '[' ? enter() : expected("an array", at_);
}

auto json_reader::open_object() -> bool {
  skip_space();
  return at_ != end_ && *at_ == '{' ? enter() : expected("an object", at_);
}

auto json_reader::next(std::size_t done, char close) -> step {
  skip_space();
  if (at_ != end_ && *at_ == close) {
    ++at_;
    --depth_;
    return step::end;
  }
  if (done == 0)
    return step::item;
  if (at_ == end_ || *at_ != ',') {
    malformed(close == '}' ? "expected ',' or '}'" : "expected ',' or ']'", at_);
    return step::failed;
  }
  ++at_;
  return step::item;
}

auto json_reader::next_element(std::size_t done) -> step { return next(done, ']'); }
auto json_reader::next_member(std::size_t done) -> step { return next(done, '}'); }

auto json_reader::colon() -> bool {
  skip_space();
  if (at_ == end_ || *at_ != ':')
    return malformed("expected ':'", at_);
  ++at_;
  return true;
}

auto json_reader::find_member(std::span<const detail::json_member> members, std::size_t likely,
                              std::size_t& index) -> bool {
  skip_space();
  if (at_ == end_ || *at_ != '"')
    return malformed("expected a member's name", at_);
  std::string_view key;
  if (!read_text(key))
    return false;
  index = members.size();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto candidate = (likely + i) % members.size();
    if (members[candidate].name() == key) {
      index = candidate;
      break;
    }
  }
  return colon();
}

auto json_reader::read_members(std::span<const detail::json_member> members, void* object) -> bool {
  skip_space();
  const auto* const where = at_;
  if (!open_object())
    return false;
  std::array<std::uint64_t, 4> seen{}; // enough for the members that can be counted when compiling
  std::size_t likely = 0;
  for (std::size_t done = 0;; ++done) {
    const auto more = next(done, '}');
    if (more == step::failed)
      return false;
    if (more == step::end)
      break;
    const auto* const key = mark();
    auto index = likely;
    const auto left = static_cast<std::size_t>(end_ - at_);
    // Members mostly come in the order in which they are described.
    if (likely < members.size() && left > members[likely].key.size()
        && std::memcmp(at_, members[likely].key.data(), members[likely].key.size()) == 0) {
      at_ += members[likely].key.size();
    } else if (!find_member(members, likely, index)) {
      return false;
    } else if (index == members.size()) {
      if (!skip_value())
        return false;
      continue;
    }
    if ((seen[index / 64] >> (index % 64)) & 1)
      return refuse_member(members[index].name(), "given twice", key);
    seen[index / 64] |= std::uint64_t{1} << (index % 64);
    if (!members[index].read(*this, object))
      return false;
    likely = index + 1;
  }
  for (std::size_t i = 0; i < members.size(); ++i)
    if (!((seen[i / 64] >> (i % 64)) & 1)) {
      if (members[i].absent == nullptr)
        return refuse_member(members[i].name(), "missing", where);
      members[i].absent(object);
    }
  return true;
}

auto json_reader::read_alternative(std::span<const detail::json_member> alternatives, void* object)
  -> bool {
  const auto* const where = mark();
  if (!open_object())
    return false;
  const auto first = next(0, '}');
  if (first == step::end)
    return refuse("expected an object with one member, found none", where);
  const auto* const key = mark();
  std::size_t index = 0;
  if (!find_member(alternatives, 0, index))
    return false;
  if (index == alternatives.size()) {
    std::string names;
    for (const auto& alternative : alternatives)
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", alternative.name());
    return expected(fmt::format("one member, named {}", names), key);
  }
  if (!alternatives[index].read(*this, object))
    return false;
  const auto after = next(1, '}');
  return after == step::end
         || (after == step::item
             && refuse("expected an object with one member, found more", where));
}

auto json_reader::expected(std::string what, const char* where) -> bool {
  const std::string_view rest{where, static_cast<std::size_t>(end_ - where)};
  return refuse(fmt::format("expected {}, found {}", what, detail::describe_json(rest)), where);
}

auto json_reader::refuse(std::string reason, const char* where) -> bool {
  if (failed_at_ == nullptr) {
    failed_at_ = where;
    reason_ = std::move(reason);
  }
  return false;
}

auto json_reader::refuse_member(std::string_view name, std::string reason, const char* where)
  -> bool {
  if (failed_at_ == nullptr)
    member_ = detail::json_path_member(name);
  return refuse(std::move(reason), where);
}

auto json_reader::refuse_length(std::size_t wanted, const char* found, const char* where) -> bool {
  return refuse(fmt::format("expected an array of {} elements, found {}", wanted, found), where);
}

auto json_reader::refuse_key(json_reader& inner, const char* where) -> bool {
  const std::string_view rest{where, static_cast<std::size_t>(end_ - where)};
  auto reason = inner.take_failure({}).detail;
  return refuse(fmt::format("the key, {}: {}", detail::describe_json(rest), reason), where);
}

auto json_reader::refuse_repeated_key(const char* where) -> bool {
  const std::string_view rest{where, static_cast<std::size_t>(end_ - where)};
  return refuse_member(detail::quoted_part(rest), "given twice", where);
}

auto json_reader::malformed(const char* reason, const char* where) -> bool {
  return refuse(detail::syntax_error({begin_, end_}, where, reason), at_);
}

auto json_reader::at_end() -> bool {
  skip_space();
  return at_ == end_ || malformed("more text after the value", at_);
}

auto json_reader::take_failure(std::string_view root) -> failure {
  auto path = std::string{root}
              + detail::json_path({begin_, static_cast<std::size_t>(failed_at_ - begin_)})
              + member_;
  return {errc::codec_failed, path.empty() ? reason_ : fmt::format("{}: {}", path, reason_)};
}

} // namespace eventcore
