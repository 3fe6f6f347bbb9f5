#include "compression.hpp"

#include <memory>
#include <zlib.h>
#include <zstd.h>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

// The fastest of gzip, whose slower levels cost more time than they save room; zstd's own default.
constexpr int gzip_level = Z_BEST_SPEED;
constexpr int zstd_level = 3;
constexpr int gzip_window = 15 + 16; // the largest window, in a gzip member

auto no_memory(std::string_view what) -> std::unexpected<failure> {
  return fail(errc::overloaded,
              fmt::format("{} failed; there may be no memory left, try again", what));
}

auto append_gzip(std::string_view text, std::string& out) -> result<> {
  z_stream stream{};
  if (deflateInit2(&stream, gzip_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return no_memory("gzip");
  const auto before = out.size();
  out.resize(before + deflateBound(&stream, static_cast<uLong>(text.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream.avail_out = static_cast<uInt>(out.size() - before);
  const auto ended = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END)
    return no_memory("gzip");
  return {};
}

struct free_context {
  void operator()(ZSTD_CCtx* which) const { ZSTD_freeCCtx(which); }
};

auto append_zstd(std::string_view text, std::string& out) -> result<> {
  const std::unique_ptr<ZSTD_CCtx, free_context> context{ZSTD_createCCtx()};
  if (!context)
    return no_memory("zstd");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const auto before = out.size();
  out.resize(before + ZSTD_compressBound(text.size()));
  const auto size = ZSTD_compress2(context.get(), out.data() + before, out.size() - before,
                                   text.data(), text.size());
  if (ZSTD_isError(size) != 0)
    return no_memory("zstd");
  out.resize(before + size);
  return {};
}

} // namespace

auto compression_named(const std::filesystem::path& file) -> compression {
  const auto end = file.extension();
  return end == ".gz" ? compression::gzip : end == ".zst" ? compression::zstd : compression::none;
}

auto compression_found(std::string_view bytes) -> compression {
  if (bytes.starts_with("\x1f\x8b"))
    return compression::gzip;
  if (bytes.starts_with("\x28\xb5\x2f\xfd"))
    return compression::zstd;
  return compression::none;
}

auto append_packed(compression how, std::string_view text, std::string& out) -> result<> {
  switch (how) {
  case compression::gzip:
    return append_gzip(text, out);
  case compression::zstd:
    return append_zstd(text, out);
  case compression::none:
    out += text;
  }
  return {};
}

} // namespace eventcore::transfer
