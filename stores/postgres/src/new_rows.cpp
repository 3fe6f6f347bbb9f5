#include "new_rows.hpp"

#include <charconv>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

const statement insert_streams{
  "insert_streams",
  "INSERT INTO streams (key, version, commit_id, kind, id) SELECT unnest($1::int8[]), "
  "unnest($2::int8[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[])"};

const statement update_streams{
  "update_streams",
  "UPDATE streams s SET version = n.version, commit_id = n.commit_id FROM unnest($1::int8[], "
  "$2::int8[], $3::uuid[]) AS n(key, version, commit_id) WHERE s.key = n.key"};

// Behind the string that begins at `at`.
auto end_of_string(std::string_view json, std::size_t at) -> std::size_t {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\')
      ++at;
  return at + 1;
}

// The `e` of a literal has no digits behind it.
auto exponent(std::string_view json, std::size_t at) -> std::size_t {
  constexpr std::size_t sign_and_digits = 7; // the database takes no larger one
  auto text = json.substr(at, sign_and_digits);
  if (text.starts_with('+') || text.starts_with('-'))
    text.remove_prefix(1);
  std::size_t digits = 0;
  std::from_chars(text.data(), text.data() + text.size(), digits);
  return digits;
}

} // namespace

auto check_can_be_read(std::string_view json) -> result<> {
  constexpr std::size_t most = 256 * 1024 * 1024;
  constexpr std::size_t always_fits = 128 * 1024; // 10,000 digits need 7 bytes
  if (json.size() <= always_fits)
    return {};
  auto size = json.size();
  for (auto at = json.find_first_of("\"eE"); at < json.size(); at = json.find_first_of("\"eE", at))
    if (json[at] == '"')
      at = end_of_string(json, at);
    else
      size += exponent(json, ++at);
  if (size <= most)
    return {};
  return fail(errc::invalid_argument,
              fmt::format("PostgreSQL writes numbers with all their digits, and those of a payload "
                          "with {} bytes would take {}; nothing of it was written",
                          json.size(), size));
}

void event_rows::add(const row& added) {
  position.add(to_sql(added.position.value));
  stream.add(added.stream);
  version.add(to_sql(added.version.value));
  type_version.add(std::int64_t{added.type_version});
  commit.add(bytes_of(added.commit.bytes));
  id.add(bytes_of(added.id.bytes));
  type.add(added.type);
  if (added.metadata.empty())
    metadata.add_null();
  else
    metadata.add_json(added.metadata);
  bytes += added.metadata.size();
}

auto event_rows::values() -> parameters {
  parameters all;
  for (auto* column :
       {&position, &stream, &version, &type_version, &commit, &id, &type, &payload, &metadata})
    all.list(*column);
  return all;
}

void event_rows::clear() {
  for (auto* column :
       {&position, &stream, &version, &type_version, &commit, &id, &type, &payload, &metadata})
    column->clear();
  bytes = 0;
}

auto insert_events_sql(std::string_view column, std::string_view type, std::string_view time)
  -> std::string {
  return fmt::format("INSERT INTO events (position, stream, version, type_version, commit_id, "
                     "event_id, type, {}, metadata, recorded_at) SELECT unnest($1::int8[]), "
                     "unnest($2::int8[]), unnest($3::int8[]), unnest($4::int8[]), "
                     "unnest($5::uuid[]), unnest($6::uuid[]), unnest($7::text[]), "
                     "unnest($8::{}[]), unnest($9::jsonb[]), {}",
                     column, type, time);
}

void stream_rows::add(std::int64_t stream, const stream_head& head) {
  key.add(stream);
  version.add(to_sql(head.version.value));
  commit.add(bytes_of(head.commit.bytes));
}

void stream_rows::clear() {
  for (auto* column : {&key, &version, &commit, &id, &kind})
    column->clear();
}

void add_new_streams(trip& to, stream_rows& rows) {
  to.add(
    insert_streams,
    parameters{}.list(rows.key).list(rows.version).list(rows.commit).list(rows.kind).list(rows.id));
}

void add_old_streams(trip& to, stream_rows& rows) {
  to.add(update_streams, parameters{}.list(rows.key).list(rows.version).list(rows.commit));
}

} // namespace eventcore::postgres
