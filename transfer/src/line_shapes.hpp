#pragma once

#include "eventcore/json.hpp"
#include "eventcore/json/containers.hpp"
#include "eventcore/json/scalars.hpp"
#include "eventcore/json/structs.hpp"
#include "eventcore/json/times.hpp"
#include "eventcore/position.hpp"

#include <cstdint>
#include <map>
#include <string>

#include <boost/describe/class.hpp>

// The lines but those of events as JSON objects; the member that comes first tells what a line is.
namespace eventcore::transfer {

/// Of every version of the format.
struct any_header_shape {
  std::string eventcore{};
  std::uint32_t format = 0;
};
BOOST_DESCRIBE_STRUCT(any_header_shape, (), (eventcore, format))

struct head_shape {
  std::uint64_t position = 0;
  commit_id commit{};
  timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(head_shape, (), (position, commit, recorded_at))

struct log_header_shape {
  std::string eventcore{};
  std::uint32_t format = 0;
  head_shape head{};
};
BOOST_DESCRIBE_STRUCT(log_header_shape, (), (eventcore, format, head))

struct archive_header_shape {
  std::string eventcore{};
  std::uint32_t format = 0;
  std::string name{};
  timestamp made_at{};
};
BOOST_DESCRIBE_STRUCT(archive_header_shape, (), (eventcore, format, name, made_at))

struct archive_shape {
  std::string archive{};
  std::string checksum{};
  timestamp made_at{};
};
BOOST_DESCRIBE_STRUCT(archive_shape, (), (archive, checksum, made_at))

struct stream_shape {
  std::string stream{};
  std::uint64_t version = 0;
  commit_id commit{};
  std::uint64_t events = 0;
};
BOOST_DESCRIBE_STRUCT(stream_shape, (), (stream, version, commit, events))

struct request_shape {
  std::string request{};
  std::string digest{};
  commit_id commit{};
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::map<std::string, std::uint64_t> streams{};
  timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(request_shape, (),
                      (request, digest, commit, first, count, streams, recorded_at))

struct end_shape {
  std::uint64_t events = 0;
  std::uint64_t requests = 0;
  std::string checksum{};
};
BOOST_DESCRIBE_STRUCT(end_shape, (), (events, requests, checksum))

struct trailer_shape {
  end_shape end{};
};
BOOST_DESCRIBE_STRUCT(trailer_shape, (), (end))

} // namespace eventcore::transfer
