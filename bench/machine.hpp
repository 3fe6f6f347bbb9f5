#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

// What a figure depends on beside the code; printed with every run.
namespace bench {

/// The processor and the number of cores.
auto machine() -> std::string;

/// The same on standard output.
void print_machine();

/// The median time to write 4 KiB to a file in `folder` and sync it. Throws `std::system_error` when the file cannot be
/// written.
auto fsync_cost(const std::filesystem::path& folder) -> std::chrono::microseconds;

/// The memory of this program that is resident now, in bytes.
auto resident_bytes() -> std::uint64_t;

/// Whether this is built with a sanitizer that keeps freed memory back: what is resident then says nothing of the program.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool keeps_freed_memory = true;
#else
inline constexpr bool keeps_freed_memory = false;
#endif

} // namespace bench
