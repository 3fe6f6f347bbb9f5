#pragma once

#include <string>
#include <string_view>

namespace bench {

/// Whether a store's URL names a PostgreSQL server.
auto is_postgres(std::string_view url) -> bool;

/// The same as one URL of parameters only, which libpq and SOCI both understand.
auto conninfo_of(std::string_view url) -> std::string;

/// Whether libpq understands it.
auto is_understood(std::string_view url) -> bool;

/// A store's URL for people: without the password that it may hold.
auto shown_url(std::string_view url) -> std::string;

} // namespace bench
