#pragma once

#include "eventcore/event_store.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

/// Logs, stores and files for tests of what moves them.
namespace sample {

namespace ec = eventcore;

/// A folder that is removed at the end of a test.
class folder {
public:
  folder();
  ~folder();
  folder(const folder&) = delete;
  auto operator=(const folder&) -> folder& = delete;

  auto operator/(std::string_view name) const -> std::filesystem::path { return path_ / name; }

private:
  std::filesystem::path path_;
};

auto read_file(const std::filesystem::path& file) -> std::string;
void write_file(const std::filesystem::path& file, std::string_view content);

/// An empty store in memory.
auto empty_store() -> std::shared_ptr<ec::event_store>;

/// Writes what has been hard to keep: every kind of payload, metadata, requests with and without
/// events, texts in many scripts, numbers in many forms, commits over several streams.
void write_odd_events(ec::event_store& store);

/// Writes requests without events, `r/0000` and so on.
void write_requests(ec::event_store& store, int count);

/// Writes `count` events of some streams in commits of up to `most` events, the same for the same
/// arguments.
void write_many(ec::event_store& store, std::size_t count, std::size_t most = 100);

/// A store in memory with both.
auto full_store(std::size_t many = 0) -> std::shared_ptr<ec::event_store>;

/// All that a log holds as text, one line each: events in every field, payloads as their stores give
/// them, requests.
auto described(ec::event_store& store) -> std::string;

} // namespace sample
