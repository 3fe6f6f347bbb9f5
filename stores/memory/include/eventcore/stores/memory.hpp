#pragma once

#include "eventcore/backends.hpp"

#include <memory>

/// A store in the memory of this program, for tests, tools and trying things out. It keeps the
/// whole contract of `event_store` but durability: what is in it goes with the last handle and the
/// last page that was read from it.
namespace eventcore::memory {

/// Opens an empty store of its own; two calls give two stores, whatever `create` says. Opened for
/// reading only it is and stays empty, and writing to it fails with `read_only`. When memory runs
/// out, writing fails with `overloaded` and nothing of that write set is in the log; only when not
/// even the outcomes of a batch can be allocated does `append` throw `std::bad_alloc`, before it
/// has written anything.
auto open(const store_settings& settings = {}) -> std::shared_ptr<event_store>;

/// Adds this backend under the scheme `memory`. Its only URL is `memory:`.
auto add_to(backends& to) -> backends&;

} // namespace eventcore::memory
