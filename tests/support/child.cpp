#include "support/child.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

namespace {

void write_all(int to, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto written = ::write(to, text.data() + done, text.size() - done);
    if (written <= 0)
      return;
    done += static_cast<std::size_t>(written);
  }
}

} // namespace

child::child(const std::function<void(const say&, const wait&)>& act) {
  int up[2];
  int down[2];
  if (::pipe(up) != 0 || ::pipe(down) != 0)
    throw std::runtime_error{"no pipe"};
  id_ = ::fork();
  if (id_ < 0)
    throw std::runtime_error{"no process"};
  if (id_ == 0) {
    ::close(up[0]);
    ::close(down[1]);
    constexpr char end_of_turn = '\0';
    const auto give_turn = [&] { static_cast<void>(::write(up[1], &end_of_turn, 1)); };
    try {
      act([&](const std::string& text) { write_all(up[1], text); },
          [&] {
            give_turn();
            char any = 0;
            while (::read(down[0], &any, 1) == 1)
              return;
          });
    } catch (const std::exception& error) {
      write_all(up[1], error.what());
    }
    give_turn();
    ::_exit(0);
  }
  ::close(up[1]);
  ::close(down[0]);
  from_ = up[0];
  to_ = down[1];
}

child::~child() {
  ::close(from_);
  ::close(to_);
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

auto child::hear() -> std::string {
  std::string heard;
  for (char next = 0; ::read(from_, &next, 1) == 1 && next != '\0';)
    heard += next;
  return heard;
}

void child::go_on() {
  write_all(to_, "!");
  static_cast<void>(hear()); // its end
}

auto run_as_nobody(const std::function<std::string()>& act) -> std::string {
  child process{[&](const child::say& say, const child::wait&) {
    constexpr ::uid_t nobody = 65534;
    if (::geteuid() == 0
        && (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0))
      throw std::runtime_error{"root's rights cannot be given up"};
    say(act());
  }};
  return process.hear();
}

small_disk::small_disk(std::filesystem::path where, std::size_t bytes) : where_{std::move(where)} {
  std::filesystem::create_directory(where_);
  const auto options = "size=" + std::to_string(bytes);
  mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

small_disk::~small_disk() {
  if (mounted_)
    ::umount2(where_.c_str(), MNT_DETACH);
}

void small_disk::make_read_only() const {
  if (::mount("tmpfs", where_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0)
    throw std::runtime_error{"the file system stays writable"};
}

} // namespace support
