#include "support/faulty_vfs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace support {

namespace {

using call = faulty_disk::call;
using place = faulty_disk::file;

/// One write, or a cut of the file to `offset` when it has no bytes.
struct change {
  std::size_t offset = 0;
  std::string bytes{};
};

void apply(std::string& content, const change& next) {
  if (next.bytes.empty()) {
    content.resize(std::min(content.size(), next.offset));
    return;
  }
  if (content.size() < next.offset + next.bytes.size())
    content.resize(next.offset + next.bytes.size());
  std::ranges::copy(next.bytes, content.begin() + static_cast<std::ptrdiff_t>(next.offset));
}

/// What a disk knows of one file.
struct image {
  std::string durable{};
  std::vector<change> pending{}; // since the last sync
};

auto content_of(const std::string& path) -> std::string {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

auto place_of(const std::string& path) -> place {
  return path.ends_with("-wal") ? place::log : place::database;
}

} // namespace

struct faulty_disk::state {
  sqlite3_vfs* real = sqlite3_vfs_find("unix");
  sqlite3_vfs vfs = *real;

  std::mutex guard; // guards all below
  std::map<std::string, image> files;
  std::vector<fault> faults;
  std::map<std::pair<call, place>, int> counts;
  bool powered = true;
  std::optional<int> calls_left{}; // until the power goes

  std::function<bool()> keeps = [] { return false; };

  /// Decides on what no sync confirmed.
  void settle(image& of) {
    for (const auto& each : of.pending)
      if (keeps())
        apply(of.durable, each);
    of.pending.clear();
  }

  /// The code with which a call fails; SQLITE_OK when it passes.
  auto meet(call what, const std::string& path) -> int {
    const auto where = place_of(path);
    ++counts[{what, where}];
    if (calls_left && (*calls_left)-- == 0)
      powered = false;
    if (!powered)
      return what == call::write ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
    for (auto& each : faults)
      if (each.call == what && (each.file == place::any || each.file == where) && each.times > 0) {
        if (each.skip-- > 0)
          continue;
        --each.times;
        return each.code;
      }
    return SQLITE_OK;
  }
};

namespace {

faulty_disk::state* current = nullptr;

/// What SQLite holds for an open file; the real file follows in the same memory.
struct open_file {
  sqlite3_file base{};
  const std::string* path = nullptr; // null: a temporary file, which no power cut concerns

  auto real() -> sqlite3_file* { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

auto file_of(sqlite3_file* file) -> open_file& { return *reinterpret_cast<open_file*>(file); }

// Passes a call on to the real file.
template <auto Method, class... Args>
auto pass(sqlite3_file* file, Args... args) -> int {
  auto* real = file_of(file).real();
  return (real->pMethods->*Method)(real, args...);
}

auto close_file(sqlite3_file* file) -> int {
  auto& self = file_of(file);
  const auto code = pass<&sqlite3_io_methods::xClose>(file);
  self.~open_file();
  return code;
}

auto write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) -> int {
  const auto& self = file_of(file);
  const std::lock_guard guard{current->guard};
  if (!self.path)
    return pass<&sqlite3_io_methods::xWrite>(file, data, size, offset);
  if (const auto code = current->meet(call::write, *self.path); code != SQLITE_OK)
    return code;
  const auto code = pass<&sqlite3_io_methods::xWrite>(file, data, size, offset);
  if (code == SQLITE_OK)
    current->files[*self.path].pending.push_back(
      {static_cast<std::size_t>(offset),
       {static_cast<const char*>(data), static_cast<std::size_t>(size)}});
  return code;
}

auto truncate_file(sqlite3_file* file, sqlite3_int64 size) -> int {
  const auto& self = file_of(file);
  const std::lock_guard guard{current->guard};
  if (!self.path)
    return pass<&sqlite3_io_methods::xTruncate>(file, size);
  if (!current->powered)
    return SQLITE_IOERR_TRUNCATE;
  current->files[*self.path].pending.push_back({static_cast<std::size_t>(size)});
  return pass<&sqlite3_io_methods::xTruncate>(file, size);
}

auto sync_file(sqlite3_file* file, int flags) -> int {
  const auto& self = file_of(file);
  const std::lock_guard guard{current->guard};
  if (!self.path)
    return pass<&sqlite3_io_methods::xSync>(file, flags);
  auto& known = current->files[*self.path];
  const auto code = current->meet(call::sync, *self.path);
  // The real sync is left out: only what this disk calls durable counts.
  if (code == SQLITE_OK) {
    for (const auto& each : known.pending)
      apply(known.durable, each);
    known.pending.clear();
  } else {
    current->settle(known);
  }
  return code;
}

auto methods() -> const sqlite3_io_methods& {
  static const auto made = [] {
    sqlite3_io_methods all{};
    all.iVersion = 2; // without memory mapping, which writes past the disk
    all.xClose = &close_file;
    all.xRead = &pass<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>;
    all.xWrite = &write_file;
    all.xTruncate = &truncate_file;
    all.xSync = &sync_file;
    all.xFileSize = &pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>;
    all.xLock = &pass<&sqlite3_io_methods::xLock, int>;
    all.xUnlock = &pass<&sqlite3_io_methods::xUnlock, int>;
    all.xCheckReservedLock = &pass<&sqlite3_io_methods::xCheckReservedLock, int*>;
    all.xFileControl = &pass<&sqlite3_io_methods::xFileControl, int, void*>;
    all.xSectorSize = &pass<&sqlite3_io_methods::xSectorSize>;
    all.xDeviceCharacteristics = &pass<&sqlite3_io_methods::xDeviceCharacteristics>;
    all.xShmMap = &pass<&sqlite3_io_methods::xShmMap, int, int, int, volatile void**>;
    all.xShmLock = &pass<&sqlite3_io_methods::xShmLock, int, int, int>;
    all.xShmBarrier = [](sqlite3_file* file) {
      auto* real = file_of(file).real();
      real->pMethods->xShmBarrier(real);
    };
    all.xShmUnmap = &pass<&sqlite3_io_methods::xShmUnmap, int>;
    return all;
  }();
  return made;
}

auto open_vfs(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) -> int {
  auto* self = new (file) open_file{};
  const auto code = current->real->xOpen(current->real, name, self->real(), flags, out);
  if (code != SQLITE_OK)
    return code;
  if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0) {
    const std::lock_guard guard{current->guard};
    const auto [known, is_new] = current->files.try_emplace(name);
    if (is_new) // what was there before is taken for durable
      known->second.durable = content_of(name);
    self->path = &known->first;
  }
  self->base.pMethods = &methods();
  return SQLITE_OK;
}

auto delete_vfs(sqlite3_vfs*, const char* name, int sync) -> int {
  const std::lock_guard guard{current->guard};
  if (!current->powered)
    return SQLITE_IOERR_DELETE;
  if (const auto known = current->files.find(name); known != current->files.end())
    known->second = {};
  return current->real->xDelete(current->real, name, sync);
}

} // namespace

faulty_disk::faulty_disk() : state_{std::make_shared<state>()} {
  if (current)
    throw std::logic_error{"there is a faulty disk already"};
  current = state_.get();
  auto& vfs = state_->vfs;
  vfs.zName = "faulty";
  vfs.pNext = nullptr;
  vfs.szOsFile += static_cast<int>(sizeof(open_file));
  vfs.xOpen = &open_vfs;
  vfs.xDelete = &delete_vfs;
  sqlite3_vfs_register(&vfs, 1);
}

faulty_disk::~faulty_disk() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->real, 1);
  current = nullptr;
}

void faulty_disk::fail(const fault& next) {
  const std::lock_guard guard{state_->guard};
  state_->faults.push_back(next);
}

void faulty_disk::heal() {
  const std::lock_guard guard{state_->guard};
  state_->faults.clear();
}

auto faulty_disk::take_count(call what, file where) -> int {
  const std::lock_guard guard{state_->guard};
  return std::exchange(state_->counts[{what, where}], 0);
}

void faulty_disk::cut_power(int calls) {
  const std::lock_guard guard{state_->guard};
  state_->calls_left = calls;
  state_->powered = calls > 0;
}

void faulty_disk::flip_coins(std::uint64_t seed) {
  const std::lock_guard guard{state_->guard};
  state_->keeps = [random = std::mt19937_64{seed}]() mutable { return random() % 2 == 0; };
}

void faulty_disk::lose_unsynced() {
  const std::lock_guard guard{state_->guard};
  state_->keeps = [] { return false; };
}

void faulty_disk::keep_unsynced() {
  const std::lock_guard guard{state_->guard};
  state_->keeps = [] { return true; };
}

void faulty_disk::restore_power() {
  const std::lock_guard guard{state_->guard};
  for (auto& [path, known] : state_->files) {
    state_->settle(known);
    // A file that never was synced may as well not be there.
    if (known.durable.empty() && place_of(path) == place::log)
      std::filesystem::remove(path);
    else if (std::filesystem::exists(path))
      std::ofstream{path, std::ios::binary | std::ios::trunc} << known.durable;
    std::filesystem::remove(path + "-shm"); // lies in memory
  }
  state_->powered = true;
  state_->calls_left.reset();
}

} // namespace support
