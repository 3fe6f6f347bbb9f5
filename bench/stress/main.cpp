#include "opening.hpp"
#include "run.hpp"

#include <cstdio>
#include <exception>

#include <fmt/format.h>

namespace {

namespace ec = eventcore;

enum exit_code { passed = 0, check_failed = 1, bad_options = 2, store_failed = 3 };

auto run_and_print(const stress::options& given) -> exit_code {
  if (!given.compare) {
    const auto run = stress::run(given);
    stress::print(run);
    if (given.json)
      fmt::print("{}\n", ec::to_json(run));
    return run.passed() ? passed : check_failed;
  }
  const stress::comparison all{.scenario = std::string{to_string(given.scenario)},
                               .runs = stress::compare(given)};
  bool good = true;
  for (const auto& run : all.runs) {
    stress::print(run);
    good = good && run.passed();
  }
  stress::print_table(all.runs);
  if (given.json)
    fmt::print("{}\n", ec::to_json(all));
  return good ? passed : check_failed;
}

auto run_safely(const stress::options& given) -> exit_code {
  const auto complain = [](const std::exception& error, exit_code code) {
    fmt::print(stderr, "eventcore-stress: {}\n", error.what());
    return code;
  };
  try {
    const auto code = run_and_print(given);
    if (std::fflush(stdout) == 0)
      return code;
    std::perror("eventcore-stress: the standard output");
    return store_failed;
  } catch (const stress::wrong_store& error) {
    return complain(error, bad_options);
  } catch (const ec::failure_error& error) {
    return complain(error,
                    error.failed.code == ec::errc::invalid_argument ? bad_options : store_failed);
  } catch (const std::exception& error) {
    return complain(error, store_failed);
  }
}

} // namespace

auto main(int argc, char** argv) -> int {
  const auto wanted = stress::parse(argc, argv);
  return wanted.given ? run_safely(*wanted.given) : wanted.exit_code;
}
