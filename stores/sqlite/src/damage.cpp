#include "damage.hpp"

#include "log_damage.hpp"
#include "query.hpp"
#include "transaction.hpp"

#include <exception>
#include <thread>
#include <utility>

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

auto check_file(connection& on) -> std::vector<std::string> {
  std::vector<std::string> found;
  query integrity{on, "PRAGMA integrity_check(100)"};
  for (auto rows = integrity.run(); rows.next();)
    if (rows.bytes(0) != "ok")
      found.push_back(fmt::format("the file: {}", rows.bytes(0)));
  return found;
}

} // namespace

auto find_damage(const connection_options& of) -> std::vector<std::string> {
  findings in_log;
  std::exception_ptr failed;
  std::jthread beside{[&] {
    try {
      thorough_reader reader{of};
      check_log(reader.on(), in_log);
      check_requests(reader.on(), in_log);
    } catch (...) {
      failed = std::current_exception();
    }
  }};
  thorough_reader reader{of};
  if (auto in_file = check_file(reader.on()); !in_file.empty())
    return in_file; // what is read from a broken tree proves nothing
  findings in_streams;
  check_streams(reader.on(), in_streams);
  beside.join();
  if (failed)
    std::rethrow_exception(failed);
  auto found = in_log.take();
  for (auto& each : in_streams.take())
    found.push_back(std::move(each));
  return found;
}

} // namespace eventcore::sqlite
