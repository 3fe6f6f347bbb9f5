#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace eventcore::testing {

/// Whom a process belongs to.
struct account {
  ::uid_t user;
  ::gid_t group;
};

/// Whose processes a server's shall be: this program's user, or one without rights when that is
/// root. Throws when there is none.
auto unprivileged_account() -> account;

/// A command to be run: its program's path and its arguments.
using command = std::vector<std::string>;

/// Starts a program as `who`, in a process group of its own, without this program's files and
/// environment. It reads from `input`, which may be -1, and writes to the end of the file `output`.
/// Throws when that cannot be; a program that is not there exits with 127.
auto spawn(const command& run, account who, int input, const std::filesystem::path& output)
  -> ::pid_t;

/// Waits for the end of a child; the status that `waitpid` gives.
auto wait_for(::pid_t child) -> int;

/// Whether a child has ended by now; it is then gone.
auto has_ended(::pid_t child) -> bool;

/// The processes whose parent is `parent`.
auto children_of(::pid_t parent) -> std::vector<::pid_t>;

/// Whether a process, of whomever, is there and not a mere entry that nobody waited for.
auto is_alive(::pid_t process) -> bool;

} // namespace eventcore::testing
