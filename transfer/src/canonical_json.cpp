#include "canonical_json.hpp"

#include "canonical_number.hpp"

#include "eventcore/json/reader.hpp"
#include "eventcore/json/writer.hpp"

#include <algorithm>
#include <span>

namespace eventcore::transfer {

auto json_canonicaliser::append(std::string_view text, std::string& out) -> result<> {
  end_ = text.data() + text.size();
  members_.clear();
  json_reader in{text};
  if (!value(in, out) || !in.at_end())
    return std::unexpected{in.take_failure("")};
  return {};
}

auto json_canonicaliser::value(json_reader& in, std::string& out) -> bool {
  const auto* begin = in.mark();
  const auto first = begin == end_ ? '\0' : *begin;
  switch (first) {
  case '{':
    return object(in, out);
  case '[':
    return array(in, out);
  case '"':
    return string(in, out);
  default:
    break;
  }
  if (!in.skip_value())
    return false;
  std::string_view scalar{begin, in.mark()};
  scalar = scalar.substr(0, scalar.find_last_not_of(" \n\r\t") + 1);
  if (first != '-' && (first < '0' || first > '9')) {
    out += scalar;
    return true;
  }
  return append_canonical_number(scalar, out)
         || in.expected("a number with an exponent of a few digits", begin);
}

auto json_canonicaliser::string(json_reader& in, std::string& out) -> bool {
  const auto* begin = in.mark();
  std::string_view text;
  if (!in.read_text(text))
    return false;
  // Without an escape it is a view into the text.
  if (text.data() == begin + 1)
    out.append(begin, text.size() + 2);
  else
    append_json_string(text, out);
  return true;
}

auto json_canonicaliser::array(json_reader& in, std::string& out) -> bool {
  if (!in.open_array())
    return false;
  out += '[';
  for (std::size_t done = 0;; ++done) {
    const auto next = in.next_element(done);
    if (next == json_reader::step::failed)
      return false;
    if (next == json_reader::step::end)
      break;
    if (done != 0)
      out += ',';
    if (!value(in, out))
      return false;
  }
  out += ']';
  return true;
}

auto json_canonicaliser::object(json_reader& in, std::string& out) -> bool {
  if (!in.open_object())
    return false;
  const auto first = members_.size();
  out += '{';
  for (std::size_t done = 0;; ++done) {
    const auto next = in.next_member(done);
    if (next == json_reader::step::failed)
      return false;
    if (next == json_reader::step::end)
      break;
    if (done != 0)
      out += ',';
    member written{.begin = out.size()};
    if (!string(in, out) || !in.colon())
      return false;
    written.name_size = out.size() - written.begin - 2;
    out += ':';
    if (!value(in, out))
      return false;
    written.end = out.size();
    members_.push_back(written);
  }
  put_in_order(first, out);
  members_.resize(first);
  out += '}';
  return true;
}

void json_canonicaliser::put_in_order(std::size_t first, std::string& out) {
  const auto own = std::span{members_}.subspan(first);
  const auto name = [&out](const member& of) {
    return std::string_view{out}.substr(of.begin + 1, of.name_size);
  };
  const auto is_misplaced = [&](const member& one, const member& next) {
    return name(one) >= name(next);
  };
  if (std::ranges::adjacent_find(own, is_misplaced) == own.end())
    return;
  std::ranges::stable_sort(own, {}, name);
  moved_.clear();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (i + 1 < own.size() && name(own[i]) == name(own[i + 1]))
      continue; // a later one has its name
    if (!moved_.empty())
      moved_ += ',';
    moved_.append(out, own[i].begin, own[i].end - own[i].begin);
  }
  const auto begin = std::ranges::min(own, {}, &member::begin).begin;
  out.replace(begin, std::string::npos, moved_);
}

} // namespace eventcore::transfer
