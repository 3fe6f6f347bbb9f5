#include "support/postgres_proxy.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace support {

namespace {

auto local(std::uint16_t port) -> sockaddr_in {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void answer_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

auto connect_to(std::uint16_t port) -> int {
  const auto made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0)
    return -1;
  const auto address = local(port);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    answer_at_once(made);
    return made;
  }
  ::close(made);
  return -1;
}

auto send_all(int to, std::string_view bytes) -> bool {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

auto receive(int from, std::size_t count, std::string& to) -> bool {
  const auto begin = to.size();
  to.resize(begin + count);
  for (auto done = begin; done < to.size();) {
    const auto got = ::recv(from, to.data() + done, to.size() - done, 0);
    if (got <= 0)
      return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

auto number_at(const std::string& bytes, std::size_t at) -> std::uint32_t {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return ntohl(value);
}

// A message with its type in front, or one without (before the session begins); empty at the end.
auto receive_message(int from, bool typed) -> std::string {
  std::string message;
  const auto begin = typed ? 1U : 0U;
  if (!receive(from, begin + 4, message))
    return {};
  const auto length = number_at(message, begin);
  return length >= 4 && receive(from, length - 4, message) ? message : std::string{};
}

auto message_of(char type, const std::string& body) -> std::string {
  const auto length = htonl(static_cast<std::uint32_t>(body.size() + 4));
  std::string message(5, type);
  std::memcpy(message.data() + 1, &length, sizeof length);
  return message + body;
}

// The texts of a message that each end with a zero byte, from the fifth byte on.
auto text_at(const std::string& message, std::size_t at) -> std::string {
  return at < message.size() ? message.c_str() + at : "";
}

auto is_commit(std::string sql) -> bool {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) || c == ';'; };
  std::erase_if(sql, blank);
  std::ranges::transform(sql, sql.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return sql == "COMMIT" || sql == "COMMITTRANSACTION" || sql == "END";
}

} // namespace

/// One client's connection and the server's behind it.
class postgres_proxy::link {
public:
  link(postgres_proxy& owner, int client, int server)
      : owner_{owner}, client_{client}, server_{server}, forth_{[this] { pass_forth(); }},
        back_{[this] { pass_back(); }} {}

  ~link() {
    cut();
    forth_.join();
    back_.join();
    ::close(client_);
    ::close(server_);
  }

  void cut() {
    ::shutdown(client_, SHUT_RDWR);
    ::shutdown(server_, SHUT_RDWR);
  }

private:
  void pass_forth() {
    auto message = receive_message(client_, false);
    if (message.empty() || !send_all(server_, message))
      return cut();
    std::optional<commit_fault> fault;
    for (;;) {
      message = translated(receive_message(client_, true));
      if (message.empty())
        return client_left(fault);
      if (!fault && carries_commit(message)) {
        fault = owner_.take_fault();
        if (fault == commit_fault::lost)
          return cut();
        silent_ = fault.has_value();
      }
      if (!send_all(server_, message))
        return cut();
      const auto sent = message[0] == 'S' || message[0] == 'Q' || message[0] == 'H';
      if (fault == commit_fault::left_behind && sent)
        ::shutdown(client_, SHUT_RDWR);
    }
  }

  // The server's side of a connection that was left behind stays open.
  void client_left(std::optional<commit_fault> fault) {
    if (fault != commit_fault::left_behind)
      cut();
  }

  void pass_back() {
    while (true) {
      const auto message = receive_message(server_, true);
      if (message.empty())
        return cut();
      if (!silent_) {
        if (!send_all(client_, message))
          return cut();
      } else if (message[0] == 'C' && text_at(message, 5) == "COMMIT") {
        return cut();
      }
    }
  }

  // Which statement a Bind names was said by the Parse before it.
  auto carries_commit(const std::string& message) -> bool {
    switch (message[0]) {
    case 'Q':
      return is_commit(text_at(message, 5));
    case 'P': {
      const auto name = text_at(message, 5);
      prepared_[name] = text_at(message, 5 + name.size() + 1);
      return false;
    }
    case 'B': {
      const auto portal = text_at(message, 5);
      return is_commit(prepared_[text_at(message, 5 + portal.size() + 1)]);
    }
    default:
      return false;
    }
  }

  auto translated(std::string message) -> std::string {
    if (message.empty() || (message[0] != 'Q' && message[0] != 'P'))
      return message;
    const auto sql_at = message[0] == 'Q' ? 5 : 5 + text_at(message, 5).size() + 1;
    const auto sql = text_at(message, sql_at);
    const auto other = owner_.translated(sql);
    if (other == sql)
      return message;
    return message_of(message[0],
                      message.substr(5, sql_at - 5) + other + message.substr(sql_at + sql.size()));
  }

  postgres_proxy& owner_;
  const int client_;
  const int server_;
  std::map<std::string, std::string> prepared_; // of the thread that passes forth
  std::atomic<bool> silent_ = false;            // nothing reaches the client any more
  std::jthread forth_;
  std::jthread back_;
};

postgres_proxy::postgres_proxy(std::uint16_t server_port)
    : server_port_{server_port}, listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = local(0);
  ::socklen_t size = sizeof address;
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), size) != 0
      || ::listen(listening_, 64) != 0
      || ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error{"no port for the proxy"};
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread{[this] { accept_all(); }};
}

postgres_proxy::~postgres_proxy() {
  ::shutdown(listening_, SHUT_RDWR);
  acceptor_.join();
  ::close(listening_);
  links_.clear();
}

void postgres_proxy::accept_all() {
  for (;;) {
    const auto client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      return;
    answer_at_once(client);
    const auto server = away_ ? -1 : connect_to(server_port_);
    if (server < 0) {
      ::close(client);
      continue;
    }
    const std::lock_guard lock{mutex_};
    links_.push_back(std::make_unique<link>(*this, client, server));
    if (away_) // since it was asked
      links_.back()->cut();
  }
}

void postgres_proxy::fail_next_commit(commit_fault what, bool away) {
  const std::lock_guard lock{mutex_};
  fault_ = what;
  away_after_fault_ = away;
  failed_ = false;
}

auto postgres_proxy::has_failed() const -> bool {
  const std::lock_guard lock{mutex_};
  return failed_;
}

auto postgres_proxy::take_fault() -> std::optional<commit_fault> {
  const std::lock_guard lock{mutex_};
  const auto taken = std::exchange(fault_, std::nullopt);
  if (taken) {
    failed_ = true;
    away_ = away_after_fault_;
  }
  return taken;
}

void postgres_proxy::cut_all() {
  const std::lock_guard lock{mutex_};
  for (const auto& each : links_)
    each->cut();
}

void postgres_proxy::go_away() {
  away_ = true;
  cut_all();
}

void postgres_proxy::come_back() { away_ = false; }

void postgres_proxy::replace(std::string from, std::string to) {
  const std::lock_guard lock{mutex_};
  from_ = std::move(from);
  to_ = std::move(to);
}

auto postgres_proxy::translated(const std::string& sql) -> std::string {
  const std::lock_guard lock{mutex_};
  if (from_.empty() || sql != from_)
    return sql;
  ++replaced_;
  return to_;
}

} // namespace support
