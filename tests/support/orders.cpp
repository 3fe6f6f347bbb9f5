#include "support/orders.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace support {

namespace {

// The standard's distributions differ between libraries; the remainder is good enough here.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_{seed} {}
  auto below(std::uint64_t end) -> std::uint64_t { return engine_() % end; }
  auto one_in(std::uint64_t chances) -> bool { return below(chances) == 0; }

private:
  std::mt19937_64 engine_;
};

auto orders_of_one_payer(dice& random) -> std::uint64_t {
  constexpr std::array<std::uint64_t, 5> per_cent{56, 81, 92, 98, 100};
  const auto draw = random.below(100);
  std::uint64_t orders = 1;
  while (draw >= per_cent[orders - 1])
    ++orders;
  return orders;
}

auto amount(dice& random) -> std::string {
  const auto cents = random.one_in(150) ? 1 + random.below(99) : 100 + random.below(99'900);
  return cents < 100 ? fmt::format(".{:02}", cents)
                     : fmt::format("{}.{:02}", cents / 100, cents % 100);
}

auto payee(std::uint64_t payer, dice& random) -> std::string {
  constexpr std::array<std::string_view, 13> banks{"AB", "CD", "EF", "GH", "IJ", "KL", "MN",
                                                   "OP", "QR", "ST", "UV", "WX", "YZ"};
  if (random.one_in(100))
    return fmt::format("home\t{}", payer + 1 + random.below(5));
  const auto number = random.one_in(100) ? payer : 200'000 + random.below(99'800'000);
  return fmt::format("{}\t{}", banks[random.below(banks.size())], number);
}

} // namespace

auto make_orders(std::size_t count, std::uint64_t seed) -> std::vector<std::string> {
  constexpr std::array<std::string_view, 4> types{"HH", "LO", "IN", " "};
  constexpr std::uint64_t first_id = 29'401;
  dice random{seed};
  std::vector<std::string> lines;
  std::uint64_t payer = 0;
  std::uint64_t left = 0;
  while (lines.size() < count) {
    if (left == 0) {
      ++payer;
      left = orders_of_one_payer(random);
    }
    --left;
    const auto to = payee(payer, random);
    const auto much = amount(random);
    lines.push_back(fmt::format("{}\t{}\t{}\t{}\t{}", first_id + lines.size(), payer, to, much,
                                types[random.below(types.size())]));
  }
  return lines;
}

void write_lines(const std::filesystem::path& file, const std::vector<std::string>& lines) {
  std::ofstream out{file, std::ios::binary};
  for (const auto& line : lines)
    out << line << '\n';
  out.close();
  if (!out)
    throw std::runtime_error{"cannot write " + file.string()};
}

auto read_lines(const std::filesystem::path& file) -> std::vector<std::string> {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw std::runtime_error{"cannot read " + file.string()};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

auto real_orders() -> std::optional<std::filesystem::path> {
  const char* const named = std::getenv("EVENTCORE_ORDERS");
  return named && *named ? std::optional<std::filesystem::path>{named} : std::nullopt;
}

auto test_seed() -> std::uint64_t {
  const char* const named = std::getenv("EVENTCORE_SEED");
  return named && *named ? std::stoull(named) : std::random_device{}();
}

} // namespace support
