#include "eventcore/snapshot_state.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <xxhash.h>

#include <fmt/format.h>

namespace eventcore {

namespace {

constexpr std::size_t checksum_digits = 16;
constexpr std::size_t seal_size = checksum_digits + 1; // and the line feed

auto checksum_of(std::string_view encoded) -> std::string {
  return fmt::format("{:016x}", XXH3_64bits(encoded.data(), encoded.size()));
}

template <class Call>
auto caught(std::string_view what, const Call& call) -> std::invoke_result_t<Call> {
  try {
    return call();
  } catch (const std::exception& thrown) {
    return fail(errc::handler_failed, fmt::format("{} threw: {}", what, thrown.what()));
  } catch (...) {
    return fail(errc::handler_failed,
                fmt::format("{} threw something that is no std::exception", what));
  }
}

} // namespace

auto make_snapshot(const stream_id& stream, const view_type& view, const stream_state& state)
  -> result<snapshot> {
  return caught("encoding the state", [&]() -> result<snapshot> {
    snapshot made{.stream = stream,
                  .view = std::string{view.name},
                  .fold = view.format->fold(),
                  .head = state.head,
                  .payload = std::string(seal_size, '\n')};
    if (auto encoded = view.format->encode(state.value.get(), made.payload); !encoded)
      return std::unexpected{std::move(encoded.error())};
    const auto checksum = checksum_of(std::string_view{made.payload}.substr(seal_size));
    made.payload.replace(0, checksum_digits, checksum);
    return made;
  });
}

auto encoded_state(std::string_view payload) -> result<std::string_view> {
  if (payload.size() < seal_size || payload[checksum_digits] != '\n')
    return fail(errc::codec_failed, "its payload does not begin with a checksum");
  const auto encoded = payload.substr(seal_size);
  if (payload.substr(0, checksum_digits) != checksum_of(encoded))
    return fail(errc::codec_failed, "its payload does not fit its checksum");
  return encoded;
}

auto restore_state(const view_type& view, const snapshot& kept) -> result<std::shared_ptr<void>> {
  return caught("reading the state back", [&]() -> result<std::shared_ptr<void>> {
    if (const auto ours = view.format->fold(); kept.fold != ours)
      return fail(
        errc::codec_failed,
        fmt::format("it was made by the fold '{}', this program has '{}'", kept.fold, ours));
    const auto encoded = encoded_state(kept.payload);
    if (!encoded)
      return std::unexpected{encoded.error()};
    return view.format->decode(*encoded);
  });
}

} // namespace eventcore
