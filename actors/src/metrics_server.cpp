#include "metrics_server.hpp"

#include "metrics_address.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <exception>
#include <netinet/in.h>
#include <stop_token>
#include <sys/socket.h>
#include <thread>
#include <tuple>
#include <unistd.h>

#include <fmt/format.h>

namespace eventcore {

namespace {

/// Connects and goes away; does not wait.
void visit(const std::string& host, int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &at.sin_addr);
  const int visitor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (visitor < 0)
    return;
  std::ignore = connect(visitor, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  close(visitor);
}

} // namespace

auto metrics_server::start(const std::string& address, const collectables& what)
  -> result<std::unique_ptr<metrics_server>> {
  const auto checked = check_metrics_address(address);
  if (!checked)
    return std::unexpected{checked.error()};
  try {
    auto server = std::make_unique<metrics_server>(*checked);
    for (const auto& each : what)
      server->exposer_->RegisterCollectable(each);
    return server;
  } catch (const std::exception& error) {
    return fail(errc::invalid_argument,
                fmt::format("eventcore.metrics.address is '{}': the HTTP server does not start: {}",
                            address, error.what()));
  }
}

metrics_server::metrics_server(const std::string& address)
    : host_{address.substr(0, address.rfind(':'))} {
  // A scraper sends its request at once; the server's default of 30 s would let two connections
  // that say nothing keep it out for long.
  exposer_.emplace(std::vector<std::string>{"listening_ports", address, "num_threads", "2",
                                            "request_timeout_ms", "5000"});
}

metrics_server::~metrics_server() {
  // The HTTP server looks only every 2 s whether it should end, unless somebody connects.
  std::jthread visitor;
  try {
    visitor = std::jthread{[this, port = port()](const std::stop_token& ended) {
      while (!ended.stop_requested()) {
        visit(host_, port);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
      }
    }};
  } catch (const std::exception&) {
    // No thread to be had: then it takes its 2 s.
  }
  exposer_.reset();
}

auto metrics_server::port() const -> int { return exposer_->GetListeningPorts().at(0); }

} // namespace eventcore
