#include "damage.hpp"

#include "log_damage.hpp"
#include "query.hpp"
#include "transaction.hpp"

#include <exception>
#include <thread>

#include <fmt/format.h>

namespace eventcore::sqlite {

namespace {

/// A connection that reads all of the file once.
class thorough_reader {
public:
  explicit thorough_reader(connection_options of) : on_{larger(std::move(of))}, snapshot_{on_} {}

  auto on() -> connection& { return on_; }

private:
  static auto larger(connection_options of) -> connection_options {
    of.cache_bytes = 32 * 1024 * 1024;
    return of;
  }

  connection on_;
  read_transaction snapshot_;
};

auto check_file(const connection_options& of) -> std::vector<std::string> {
  thorough_reader reader{of};
  std::vector<std::string> found;
  query integrity{reader.on(), "PRAGMA integrity_check(100)"};
  for (auto rows = integrity.run(); rows.next();)
    if (rows.bytes(0) != "ok")
      found.push_back(fmt::format("the file: {}", rows.bytes(0)));
  return found;
}

auto check_content(const connection_options& of) -> std::vector<std::string> {
  thorough_reader reader{of};
  findings found;
  check_log(reader.on(), found);
  check_streams(reader.on(), found);
  check_requests(reader.on(), found);
  return found.take();
}

} // namespace

auto find_damage(const connection_options& of) -> std::vector<std::string> {
  std::vector<std::string> in_content;
  std::exception_ptr failed;
  std::jthread beside{[&] {
    try {
      in_content = check_content(of);
    } catch (...) {
      failed = std::current_exception();
    }
  }};
  auto in_file = check_file(of);
  beside.join();
  if (!in_file.empty()) // what was read from a broken tree proves nothing
    return in_file;
  if (failed)
    std::rethrow_exception(failed);
  return in_content;
}

} // namespace eventcore::sqlite
