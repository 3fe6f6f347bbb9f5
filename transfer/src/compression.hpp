#pragma once

#include "eventcore/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace eventcore::transfer {

enum class compression : std::uint8_t { none = 1, gzip, zstd };

/// What the end of a file's name asks for: `.gz`, `.zst`, or none.
auto compression_named(const std::filesystem::path& file) -> compression;

/// What a file that begins with `bytes` is written in.
auto compression_found(std::string_view bytes) -> compression;

/// Appends `text` as a gzip member or a zstd frame of its own, so that what follows does not depend
/// on it; as it is when there is no compression.
auto append_packed(compression how, std::string_view text, std::string& out) -> result<>;

} // namespace eventcore::transfer
