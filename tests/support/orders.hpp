#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Files of standing orders for tests.
namespace support {

/// Lines of an order file, the same for the same seed: ids from 29401, payers with one to five orders
/// each, thirteen banks, amounts from .01 to about 1000.00, blank types, numbers that occur on both
/// sides, and now and then a payee at home.
auto make_orders(std::size_t count, std::uint64_t seed) -> std::vector<std::string>;

/// Writes lines to a file, one below the other.
void write_lines(const std::filesystem::path& file, const std::vector<std::string>& lines);

/// The lines of a file.
auto read_lines(const std::filesystem::path& file) -> std::vector<std::string>;

/// The file that the environment variable EVENTCORE_ORDERS names, if it is set.
auto real_orders() -> std::optional<std::filesystem::path>;

/// The number in the environment variable EVENTCORE_SEED, else a random one. Tests that use it print it.
auto test_seed() -> std::uint64_t;

} // namespace support
