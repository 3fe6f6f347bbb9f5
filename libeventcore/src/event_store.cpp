#include "eventcore/event_store.hpp"

#include "eventcore/detail/utf8.hpp"

#include <utility>

#include <fmt/format.h>

namespace eventcore {

namespace {

class no_maintenance final : public store_maintenance {
public:
  auto list_streams(const stream_query&) -> result<std::vector<stream_entry>> override {
    return refuse();
  }
  auto statistics() -> result<store_statistics> override { return refuse(); }
  auto list_requests(std::string_view, std::size_t)
    -> result<std::vector<recorded_request>> override {
    return refuse();
  }
  auto list_snapshots(const stream_query&) -> result<std::vector<snapshot_entry>> override {
    return refuse();
  }
  auto drop_snapshots(const stream_query&) -> result<std::uint64_t> override { return refuse(); }
  auto forget_requests(std::chrono::milliseconds, std::size_t) -> result<std::uint64_t> override {
    return refuse();
  }
  auto restore(const restore_batch&) -> result<> override { return refuse(); }
  auto restoring() -> result<std::string> override { return refuse(); }
  auto archive(const archive_entry&, std::span<const expectation>)
    -> result<std::uint64_t> override {
    return refuse();
  }
  auto unarchive(std::string_view, std::span<const recorded_event>)
    -> result<std::uint64_t> override {
    return refuse();
  }
  auto list_archives() -> result<std::vector<archive_entry>> override { return refuse(); }
  auto forget_archive(std::string_view) -> result<> override { return refuse(); }
  auto back_up(const std::filesystem::path&, const std::function<void(double)>&)
    -> result<> override {
    return refuse();
  }

private:
  static auto refuse() -> std::unexpected<failure> {
    return fail(errc::invalid_argument, "this store offers no maintenance");
  }
};

} // namespace

auto event_store::maintenance() -> store_maintenance& {
  static no_maintenance none;
  return none;
}

auto event_store::append(const write_set& set) -> append_outcome {
  const auto* one = &set;
  return std::move(append(write_batch{&one, 1}).front());
}

auto event_store::append(std::span<const write_set> batch) -> std::vector<append_outcome> {
  std::vector<const write_set*> sets;
  sets.reserve(batch.size());
  for (const auto& set : batch)
    sets.push_back(&set);
  return append(write_batch{sets});
}

auto event_store::read(const read_stream& query) -> result<stream_page> {
  auto pages = read(std::span{&query, 1});
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  return std::move(pages->front());
}

auto validate_name(std::string_view what, std::string_view name) -> result<> {
  if (name.empty() || name.find('\0') != std::string_view::npos || !detail::is_utf8(name))
    return fail(errc::invalid_argument,
                fmt::format("the name of a {} is valid UTF-8 without NUL and not empty", what));
  return {};
}

auto validate_term(std::chrono::milliseconds term) -> result<> {
  if (term <= std::chrono::milliseconds::zero())
    return fail(errc::invalid_argument,
                fmt::format("a lease runs for at least 1 ms, {} ms were asked for", term.count()));
  return {};
}

} // namespace eventcore
