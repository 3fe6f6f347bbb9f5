#include "options.hpp"

#include "stress/postgres_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace stress {

namespace {

namespace fs = std::filesystem;

constexpr std::array names{
  std::pair{std::string_view{"contention"}, scenario::contention},
  std::pair{std::string_view{"throughput"}, scenario::throughput},
  std::pair{std::string_view{"transfers"}, scenario::transfers},
  std::pair{std::string_view{"discovery"}, scenario::discovery},
  std::pair{std::string_view{"saturation"}, scenario::saturation},
  std::pair{std::string_view{"touch"}, scenario::touch},
  std::pair{std::string_view{"raw"}, scenario::raw},
  std::pair{std::string_view{"section"}, scenario::section},
  std::pair{std::string_view{"reading"}, scenario::reading},
  std::pair{std::string_view{"projection"}, scenario::projection},
  std::pair{std::string_view{"cold"}, scenario::cold},
};

constexpr std::array measured_names{
  std::pair{std::string_view{"catch-up"}, measured::catch_up},
  std::pair{std::string_view{"sql"}, measured::sql},
  std::pair{std::string_view{"latency"}, measured::latency},
  std::pair{std::string_view{"load"}, measured::load},
  std::pair{std::string_view{"sleeper"}, measured::sleeper},
};

constexpr std::string_view sqlite_scheme = "sqlite:";

void require(bool good, const std::string& text) {
  if (!good)
    throw wrong_options{text};
}

void check_store(const options& given) {
  switch (given.kind()) {
  case store_kind::memory:
    require(given.store == "memory:",
            "--store is none of memory:, sqlite:FILE and postgresql://HOST/DATABASE");
    require(
      given.scenario != scenario::cold,
      "cold opens its store again and again; it needs --store sqlite:FILE or postgresql://...");
    require(given.scenario != scenario::raw && given.scenario != scenario::reading,
            fmt::format("{} is about tables; it needs --store sqlite:FILE or postgresql://...",
                        to_string(given.scenario)));
    require(std::ranges::count(given.only, measured::sql) == 0,
            "--only sql is about tables; it needs --store sqlite:FILE or postgresql://...");
    require(given.processes == 1, "several --processes need a --store that they can share");
    return;
  case store_kind::sqlite:
    require(given.store.size() > sqlite_scheme.size(), "--store sqlite: lacks the file");
    require(fs::is_directory(given.folder()),
            fmt::format("there is no folder {} for the store", given.folder().string()));
    return;
  case store_kind::postgres:
    require(bench::is_understood(given.store), "--store is no URL that PostgreSQL understands");
    const auto needed = given.readers.value_or(2) + 2;
    require(given.connections >= needed,
            fmt::format("--connections {} are too few: --readers and 2 more are {}",
                        given.connections, needed));
    return;
  }
}

} // namespace

void validate(const options& given) {
  using enum scenario;
  const auto is = [&](auto... which) { return ((given.scenario == which) || ...); };
  require(given.preload == 0 || is(contention, throughput, transfers),
          "--preload is for contention, throughput and transfers");
  require(!given.against || is(throughput), "--against is for throughput");
  require(!given.against || !given.soak, "--against takes turns; no --soak");
  require(!given.soak || !is(touch, raw, section, reading, projection, cold),
          "--soak needs a scenario that runs for a time");
  require(given.processes == 1 || is(throughput), "--processes is for throughput");
  require(given.processes == 1
            || (!given.iterations && !given.soak && !given.against && !given.shared
                && !given.compare && given.preload == 0),
          "--processes runs for a --duration; no --iterations, --soak, --against, --shared, "
          "--compare, --preload");
  require(!is(cold) || given.snapshots.value_or(1) > 0,
          "cold is about snapshots; no --snapshots 0");
  require(!given.iterations || !is(touch),
          "touch makes one command for each of --streams; no --iterations");
  require(!given.iterations || *given.iterations >= given.rounds,
          "there are fewer --iterations than --rounds");
  require(!given.shared || is(contention, throughput, transfers),
          "--shared is for contention, throughput and transfers");
  require(given.only.empty() || is(projection), "--only is for projection");
  require(!given.compare || !given.keep,
          "--compare begins with new stores; no --keep, no --shared");
  require(!given.compare || !is(raw, reading), "raw and reading are about tables; no --compare");
  require(!given.compare || !is(cold), "cold opens its store again and again; no --compare");
  if (!given.compare || given.store_given)
    check_store(given);
}

auto to_string(scenario which) -> std::string_view {
  for (const auto& [text, value] : names)
    if (value == which)
      return text;
  return "unknown";
}

auto scenario_named(const std::string& name) -> scenario {
  for (const auto& [text, which] : names)
    if (text == name)
      return which;
  throw wrong_options{fmt::format(
    "there is no scenario '{}': contention, throughput, transfers, discovery, saturation, touch, "
    "raw, section, reading, projection, cold",
    name)};
}

auto to_string(measured which) -> std::string_view {
  for (const auto& [text, value] : measured_names)
    if (value == which)
      return text;
  return "unknown";
}

auto measured_named(const std::string& name) -> measured {
  for (const auto& [text, which] : measured_names)
    if (text == name)
      return which;
  throw wrong_options{
    fmt::format("--only '{}' is none of catch-up, sql, latency, load, sleeper", name)};
}

auto options::measures(measured what) const -> bool {
  if (!only.empty())
    return std::ranges::count(only, what) > 0;
  return what != measured::sleeper && (what != measured::sql || !is_memory());
}

auto options::kind() const -> store_kind {
  if (store.starts_with(sqlite_scheme))
    return store_kind::sqlite;
  return bench::is_postgres(store) ? store_kind::postgres : store_kind::memory;
}

auto options::shown_store() const -> std::string { return bench::shown_url(store); }

auto options::file() const -> fs::path { return store.substr(sqlite_scheme.size()); }

auto options::folder() const -> fs::path {
  const auto parent = file().parent_path();
  return parent.empty() ? "." : parent;
}

auto parse_duration(std::string_view text) -> std::optional<std::chrono::nanoseconds> {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit{end, text.data() + text.size()};
  constexpr double longest = 1e6; // seconds
  for (const auto& [name, seconds] :
       {std::pair<std::string_view, double>{"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}})
    if (problem == std::errc{} && unit == name && number > 0 && number * seconds < longest)
      return std::chrono::nanoseconds{std::llround(number * seconds * 1e9)};
  return std::nullopt;
}

} // namespace stress
