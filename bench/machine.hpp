#pragma once

#include <chrono>
#include <filesystem>

// What a figure depends on beside the code; printed with every run.
namespace bench {

/// The processor and the number of cores, on standard output.
void print_machine();

/// The median time to write 4 KiB to a file in `folder` and sync it. Throws `std::system_error` when the file cannot be
/// written.
auto fsync_cost(const std::filesystem::path& folder) -> std::chrono::microseconds;

} // namespace bench
