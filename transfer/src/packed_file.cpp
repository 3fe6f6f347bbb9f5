#include "packed_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <fmt/format.h>

namespace eventcore::transfer {

namespace {

constexpr std::size_t block_size = 256 * 1024; // of a file and of a text
constexpr int gzip_window = 15 + 16;           // the largest window, gzip members only

/// Takes packed bytes and gives text.
class unpacker {
public:
  struct step {
    std::size_t taken = 0;
    std::size_t given = 0;
    bool part_ended = false;
    std::string_view problem{};
  };

  unpacker() = default;
  unpacker(const unpacker&) = delete;
  auto operator=(const unpacker&) -> unpacker& = delete;
  virtual ~unpacker() = default;
  virtual auto unpack(std::string_view from, char* to, std::size_t room) -> step = 0;
};

class gzip_unpacker final : public unpacker {
public:
  gzip_unpacker() { ready_ = inflateInit2(&stream_, gzip_window) == Z_OK; }
  ~gzip_unpacker() override {
    if (ready_)
      inflateEnd(&stream_);
  }

  auto unpack(std::string_view from, char* to, std::size_t room) -> step override {
    if (!ready_)
      return {.problem = "there is no memory left"};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data())); // only read
    stream_.avail_in = static_cast<uInt>(from.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(room);
    const auto code = inflate(&stream_, Z_NO_FLUSH);
    step done{.taken = from.size() - stream_.avail_in, .given = room - stream_.avail_out};
    done.part_ended = code == Z_STREAM_END;
    if (done.part_ended)
      inflateReset(&stream_);
    else if (code != Z_OK && code != Z_BUF_ERROR)
      done.problem = stream_.msg != nullptr ? stream_.msg : "not valid gzip data";
    return done;
  }

private:
  z_stream stream_{};
  bool ready_ = false;
};

class zstd_unpacker final : public unpacker {
public:
  auto unpack(std::string_view from, char* to, std::size_t room) -> step override {
    if (!context_)
      return {.problem = "there is no memory left"};
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{to, room, 0};
    const auto hint = ZSTD_decompressStream(context_.get(), &out, &in);
    step done{.taken = in.pos, .given = out.pos, .part_ended = hint == 0};
    if (ZSTD_isError(hint) != 0)
      done.problem = ZSTD_getErrorName(hint);
    return done;
  }

private:
  struct free_context {
    void operator()(ZSTD_DCtx* which) const { ZSTD_freeDCtx(which); }
  };

  std::unique_ptr<ZSTD_DCtx, free_context> context_{ZSTD_createDCtx()};
};

} // namespace

class packed_file::reading {
public:
  reading(std::string name, int descriptor) : name_{std::move(name)}, descriptor_{descriptor} {}
  reading(const reading&) = delete;
  auto operator=(const reading&) -> reading& = delete;
  ~reading() {
    if (descriptor_ != STDIN_FILENO)
      ::close(descriptor_);
  }

  auto begin() -> result<> {
    while (input_.size() < 4 && !at_end_)
      if (auto done = fill(); !done)
        return done;
    how_ = compression_found(input_);
    if (how_ == compression::gzip)
      unpacker_ = std::make_unique<gzip_unpacker>();
    else if (how_ == compression::zstd)
      unpacker_ = std::make_unique<zstd_unpacker>();
    return {};
  }

  auto read(std::string& text) -> result<piece> {
    if (taken_ == input_.size() && !at_end_) {
      input_.clear();
      taken_ = 0;
      if (auto done = fill(); !done)
        return std::unexpected{std::move(done.error())};
    }
    if (!unpacker_)
      return copy(text);
    if (taken_ == input_.size() && at_end_ && !in_part_)
      return piece{.end = true, .offset = offset_};
    return unpack(text);
  }

  auto how() const -> compression { return how_; }

private:
  auto rest() const -> std::string_view { return std::string_view{input_}.substr(taken_); }

  auto fill() -> result<> {
    const auto before = input_.size();
    input_.resize(before + block_size);
    ::ssize_t got = 0;
    do
      got = ::read(descriptor_, input_.data() + before, block_size);
    while (got < 0 && errno == EINTR);
    const auto error = errno;
    input_.resize(before + static_cast<std::size_t>(std::max<::ssize_t>(got, 0)));
    if (got < 0)
      return fail(errc::store_unavailable,
                  fmt::format("{} cannot be read: {}", name_, std::strerror(error)));
    at_end_ = got == 0;
    return {};
  }

  auto copy(std::string& text) -> piece {
    text += rest();
    offset_ += input_.size() - taken_;
    taken_ = input_.size();
    return {.end = at_end_, .offset = offset_};
  }

  auto unpack(std::string& text) -> result<piece> {
    const auto before = text.size();
    text.resize(before + block_size);
    const auto step = unpacker_->unpack(rest(), text.data() + before, block_size);
    text.resize(before + step.given);
    taken_ += step.taken;
    offset_ += step.taken;
    in_part_ = !step.part_ended;
    if (!step.problem.empty())
      return fail(errc::codec_failed,
                  fmt::format("{} is damaged near byte {}: {}; get a whole copy of it", name_,
                              offset_, step.problem));
    if (at_end_ && in_part_ && step.taken == 0 && step.given == 0)
      return fail(errc::codec_failed,
                  fmt::format("{} ends within packed data after {} bytes: a part of it is missing; "
                              "get a whole copy of it",
                              name_, offset_));
    return piece{.part_ended = step.part_ended, .offset = offset_};
  }

  std::string name_;
  int descriptor_;
  compression how_ = compression::none;
  std::unique_ptr<unpacker> unpacker_{}; // null: nothing is packed
  std::string input_{};
  std::size_t taken_ = 0; // of the input
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
  bool in_part_ = false;
};

packed_file::packed_file(std::unique_ptr<reading> from) : reading_{std::move(from)} {}
packed_file::packed_file(packed_file&&) noexcept = default;
auto packed_file::operator=(packed_file&&) noexcept -> packed_file& = default;
packed_file::~packed_file() = default;

auto packed_file::open(const std::filesystem::path& file) -> result<packed_file> {
  auto descriptor = STDIN_FILENO;
  if (file != "-")
    descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const auto error = errno;
    return fail(error == ENOENT ? errc::not_found : errc::store_unavailable,
                fmt::format("{} cannot be opened: {}", file.string(), std::strerror(error)));
  }
  auto from = std::make_unique<reading>(file.string(), descriptor);
  if (auto begun = from->begin(); !begun)
    return std::unexpected{std::move(begun.error())};
  return packed_file{std::move(from)};
}

auto packed_file::read(std::string& text) -> result<piece> { return reading_->read(text); }

auto packed_file::packed_as() const -> compression { return reading_->how(); }

} // namespace eventcore::transfer
