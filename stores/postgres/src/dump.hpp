#pragma once

#include "address.hpp"

#include <filesystem>
#include <string>

namespace eventcore::postgres {

/// The command line for a shell that writes a copy of the store's schema to a file. It holds no
/// password.
auto dump_command(const address& where, const std::filesystem::path& to) -> std::string;

} // namespace eventcore::postgres
