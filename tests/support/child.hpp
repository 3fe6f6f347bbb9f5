#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>

// What a test does in another process or on another disk. The forking process has no threads.
namespace support {

/// A process that runs `act` and tells and waits as the test wants it. It is killed with the object.
class child {
public:
  using say = std::function<void(const std::string&)>;
  using wait = std::function<void()>;

  explicit child(const std::function<void(const say&, const wait&)>& act);
  child(const child&) = delete;
  auto operator=(const child&) -> child& = delete;
  ~child();

  /// What it said, up to its end or the next call of `wait`.
  auto hear() -> std::string;

  /// Ends its waiting.
  void go_on();

private:
  pid_t id_ = -1;
  int from_ = -1;
  int to_ = -1;
};

/// What `act` gives in a process without root's rights.
auto run_as_nobody(const std::function<std::string()>& act) -> std::string;

/// A file system in memory, when this user may mount one. Unmounted with the object.
class small_disk {
public:
  explicit small_disk(std::filesystem::path where, std::size_t bytes = 16 * 1024 * 1024);
  small_disk(const small_disk&) = delete;
  auto operator=(const small_disk&) -> small_disk& = delete;
  ~small_disk();

  auto is_mounted() const -> bool { return mounted_; }
  void make_read_only() const;
  auto path() const -> const std::filesystem::path& { return where_; }

private:
  std::filesystem::path where_;
  bool mounted_ = false;
};

} // namespace support
