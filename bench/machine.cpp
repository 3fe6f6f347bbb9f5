#include "machine.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace bench {

auto machine() -> std::string {
  std::ifstream info{"/proc/cpuinfo"};
  std::string line;
  std::string model = "unknown processor";
  while (std::getline(info, line))
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return fmt::format("{}, {} cores", model, std::thread::hardware_concurrency());
}

void print_machine() { fmt::print("machine: {}\n", machine()); }

auto fsync_cost(const std::filesystem::path& folder) -> std::chrono::microseconds {
  const auto path = folder / fmt::format("fsync-{}", getpid());
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const auto check = [&](bool good) {
    if (!good)
      throw std::system_error{errno, std::generic_category(), path.string()};
  };
  check(file >= 0);
  const std::array<char, 4096> block{};
  std::vector<std::chrono::steady_clock::duration> costs(51);
  for (auto& cost : costs) {
    const auto begin = std::chrono::steady_clock::now();
    check(write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()));
    check(fsync(file) == 0);
    cost = std::chrono::steady_clock::now() - begin;
  }
  close(file);
  std::filesystem::remove(path);
  std::ranges::nth_element(costs, costs.begin() + 25);
  return std::chrono::duration_cast<std::chrono::microseconds>(costs[25]);
}

auto resident_bytes() -> std::uint64_t {
  std::ifstream info{"/proc/self/statm"};
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  info >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace bench
