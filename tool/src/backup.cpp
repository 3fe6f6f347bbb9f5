#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_line.hpp"
#include "pg_dump.hpp"
#include "progress.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

namespace tool {

namespace {

namespace fs = std::filesystem;

auto is_postgres(std::string_view url) -> bool {
  return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

auto interrupted() -> std::unexpected<ec::failure> {
  return ec::fail(ec::errc::shutting_down, "interrupted; no copy was made");
}

// An exception is what ends a copy early; the store removes what it has of it.
auto back_up_here(session& here, const fs::path& to) -> ec::result<> {
  const auto store = here.open(access::read);
  if (!store)
    return std::unexpected{store.error()};
  constexpr double percent = 100;
  progress shown{"backup", "percent", 100};
  const auto stop = here.stop_token();
  return (*store)->maintenance().back_up(to, [&](double share) {
    if (stop.stop_requested())
      throw std::runtime_error{"interrupted"};
    shown.show(static_cast<std::uint64_t>(share * percent));
  });
}

auto back_up(const std::string& file, session& here) -> ec::result<exit_code> {
  const auto where = here.location();
  if (!where)
    return std::unexpected{where.error()};
  const fs::path to{file};
  if (std::error_code ignored; fs::exists(fs::symlink_status(to, ignored)))
    return ec::fail(ec::errc::invalid_argument,
                    fmt::format("there is a file {} already; name another one", file));
  auto done =
    is_postgres(where->url) ? run_pg_dump(*where, to, here.stop_token()) : back_up_here(here, to);
  if (!done && here.stop_token().stop_requested())
    return interrupted();
  if (!done)
    return std::unexpected{std::move(done.error())};
  std::error_code ignored;
  const auto size = fs::file_size(to, ignored);
  here.out().line(here.json() ? json_line{}.text("file", file).number("bytes", size).done()
                              : fmt::format("{}: {} bytes", file, size));
  return exit_code::done;
}

} // namespace

void add_backup(commands& to) {
  const auto file = std::make_shared<std::string>();
  auto& app = to.add("backup", "Write a copy of the store, as of one moment, to a new file",
                     [file](session& here) { return back_up(*file, here); });
  add_text(app, "FILE", *file, "The new file")->required();
  app.footer(
    "Programs may use the store at the same time. The copy of a SQLite store is one; that of "
    "a PostgreSQL store is made by pg_dump, which must be installed, in its custom format, "
    "and is put back by pg_restore.");
}

} // namespace tool
