#include "metrics_address.hpp"

#include "eventcore/detail/printable.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace eventcore {

namespace {

auto refuse(const std::string& address, std::string_view why) -> std::unexpected<failure> {
  return fail(errc::invalid_argument, fmt::format("eventcore.metrics.address is '{}': {}",
                                                  detail::printable(address), why));
}

auto port_in(std::string_view text) -> std::optional<std::uint16_t> {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return port;
}

/// Why nothing can listen at `address`; 0 when something can.
auto error_of_binding(const addrinfo& address) -> int {
  const int socket = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, 0);
  if (socket < 0)
    return errno;
  // As the HTTP server does: connections of a predecessor that are still closing are no obstacle.
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int error = bind(socket, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  close(socket);
  return error;
}

} // namespace

auto check_metrics_address(const std::string& address) -> result<std::string> {
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  const auto port = colon == std::string::npos
                      ? std::nullopt
                      : port_in(std::string_view{address}.substr(colon + 1));
  if (host.empty() || !port)
    return refuse(address, "write it as host:port with a port from 0 to 65535, such as "
                           "127.0.0.1:9464");
  if (host.contains(':'))
    return refuse(address, "the HTTP server of Debian's prometheus-cpp knows no IPv6; name an IPv4 "
                           "address or a host");

  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &wanted, &first); error != 0)
    return refuse(address, fmt::format("the host is not known: {}", gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found{first, &freeaddrinfo};
  reinterpret_cast<sockaddr_in*>(found->ai_addr)->sin_port = htons(*port);

  // The HTTP server only says that something did not work, so what it needs is tried first.
  if (const int error = error_of_binding(*found); error != 0)
    return refuse(address,
                  fmt::format("nothing can listen there: {}; name a free port of this machine, or "
                              "set eventcore.metrics.enabled = false",
                              std::generic_category().message(error)));
  std::array<char, NI_MAXHOST> digits{};
  if (const int error = getnameinfo(found->ai_addr, found->ai_addrlen, digits.data(), digits.size(),
                                    nullptr, 0, NI_NUMERICHOST);
      error != 0)
    return refuse(address, gai_strerror(error));
  return fmt::format("{}:{}", digits.data(), *port);
}

} // namespace eventcore
