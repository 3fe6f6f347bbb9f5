#include "eventcore/stores/sqlite.hpp"

#include "errors.hpp"
#include "file_access.hpp"
#include "sqlite_store.hpp"

#include "eventcore/detail/printable.hpp"

#include <system_error>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

namespace fs = std::filesystem;

void require_directory_of(const fs::path& file) {
  const auto directory = fs::absolute(file).parent_path();
  std::error_code unknown;
  if (!fs::is_directory(directory, unknown))
    raise(errc::not_found, fmt::format("{} cannot be made: there is no directory {}", file.string(),
                                       directory.string()));
}

// Whether there is a file with something in it, after all that cannot be a database was refused.
auto has_content(const fs::path& file, const sqlite_settings& settings) -> bool {
  if (file.empty() || file.native().find('\0') != std::string::npos || !file.has_filename())
    raise(errc::invalid_argument,
          fmt::format("'{}' names no file; a store needs one, such as data/bank.db",
                      detail::printable(file.string())));
  std::error_code error;
  const auto status = fs::status(file, error);
  switch (status.type()) {
  case fs::file_type::regular: {
    const auto size = fs::file_size(file, error);
    return !error && size > 0;
  }
  case fs::file_type::directory:
    raise(errc::invalid_argument,
          fmt::format("{} is a directory; name a file in it", file.string()));
  case fs::file_type::not_found:
    if (settings.read_only || !settings.create)
      raise(errc::not_found, fmt::format("there is no file {}; check the path, or open it so that "
                                         "it is made",
                                         file.string()));
    require_directory_of(file);
    return false;
  case fs::file_type::none:
  case fs::file_type::unknown:
    raise(errc::store_unavailable,
          fmt::format("{} cannot be reached: {}", file.string(), error.message()));
  default:
    raise(errc::invalid_argument,
          fmt::format("{} is not a regular file; a store needs one", file.string()));
  }
}

auto open_url(std::string_view url, const store_settings& settings)
  -> result<std::shared_ptr<event_store>> {
  constexpr std::string_view scheme = "sqlite:";
  const auto refuse = [&](std::string_view why) {
    return fail(errc::invalid_argument,
                fmt::format("'{}' does not name an SQLite store: {}; write sqlite:path/bank.db or "
                            "sqlite:/var/lib/bank.db",
                            detail::printable(url), why));
  };
  if (!url.starts_with(scheme))
    return refuse("it does not begin with 'sqlite:'");
  const auto path = url.substr(scheme.size());
  if (path.empty())
    return refuse("it has no path");
  if (path.starts_with("//"))
    return refuse("it names a host, but the file must be on this machine");
  if (path.find('?') != std::string_view::npos || path.find('#') != std::string_view::npos)
    return refuse("it takes no options after '?' or '#'");
  if (path.starts_with(":"))
    return refuse("a database in memory is opened as 'memory:'");
  sqlite_settings all;
  static_cast<store_settings&>(all) = settings;
  return open(fs::path{path}, all);
}

} // namespace

auto open(const std::filesystem::path& path, const sqlite_settings& settings)
  -> result<std::shared_ptr<event_store>> {
  try {
    const auto existing = has_content(path, settings);
    const auto file = fs::absolute(path);
    if (existing) {
      if (!settings.read_only)
        require_writable(file);
      refuse_foreign_file(file);
    }
    auto store = std::make_shared<sqlite_store>(file, settings);
    store->open();
    return store;
  } catch (...) {
    return std::unexpected{current_failure(path, settings.busy_timeout)};
  }
}

auto add_to(backends& to) -> backends& { return to.add("sqlite", &open_url); }

} // namespace eventcore::sqlite
