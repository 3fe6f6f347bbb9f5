#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace support {

/// SQLite's files as a disk sees them, with faults on demand. While an object of it lives, every
/// file that SQLite opens goes through it to the real file system, and what was not synced is known.
/// Open it before the stores and close it after them; there is one at a time.
class faulty_disk {
public:
  enum class call : std::uint8_t { write = 1, sync };
  enum class file : std::uint8_t { any = 1, database, log };

  /// Lets a coming call fail: the one after `skip` further ones, and `times` from then on.
  struct fault {
    faulty_disk::call call = faulty_disk::call::write;
    faulty_disk::file file = faulty_disk::file::any;
    int code = 0; ///< SQLite's extended result code
    int skip = 0;
    int times = 1;
  };

  faulty_disk();
  faulty_disk(const faulty_disk&) = delete;
  auto operator=(const faulty_disk&) -> faulty_disk& = delete;
  ~faulty_disk();

  void fail(const fault& next);
  void heal();

  /// How many such calls came since the last time that this was asked.
  auto take_count(call what, file where) -> int;

  /// Decides what becomes of writes that no sync confirmed: kept or lost, each as a coin falls that
  /// `seed` starts.
  void flip_coins(std::uint64_t seed);
  void lose_unsynced(); ///< what holds at first
  void keep_unsynced();

  /// After so many further writes and syncs every call fails, as if the machine stood still.
  void cut_power(int calls = 0);

  /// Brings the files to what a disk would hold after the cut, and lets calls pass again. All stores
  /// must be closed. What stood unsynced when a sync failed was decided then: a later sync does not
  /// save it, as on Linux.
  void restore_power();

  struct state;

private:
  std::shared_ptr<state> state_;
};

} // namespace support
