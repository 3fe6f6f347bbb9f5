#include "listener.hpp"

#include "statements.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace eventcore::postgres {

listener::wake_up::wake_up() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
}

listener::wake_up::~wake_up() { ::close(descriptor_); }

void listener::wake_up::call() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(descriptor_, &one, sizeof one) == sizeof one);
}

listener::listener(connector& from, reader_pool& readers, std::chrono::milliseconds poll_interval,
                   detail::head_watch& watch)
    : from_{from}, readers_{readers}, poll_interval_{poll_interval}, watch_{watch},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {}

listener::~listener() {
  thread_.request_stop();
  stopping_.call();
}

void listener::run(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds first_pause{50};
  constexpr std::chrono::milliseconds longest_pause{1'000};
  auto pause = first_pause;
  bool due = false;
  while (!stop.stop_requested()) {
    auto longest = poll_interval_;
    try {
      if (!on_)
        listen();
      else if (due)
        watch_.show(read_log_head(*on_));
      pause = first_pause;
    } catch (...) { // who waits is told what stands in the way by what he reads himself
      on_.reset();
      look_through_pool();
      longest = std::min(poll_interval_, pause);
      pause = std::min(pause * 2, longest_pause);
    }
    due = wait(longest);
  }
}

// R12: first listen, then read, so that no commit falls between both.
void listener::listen() {
  auto on = from_.connect(purpose::listening);
  try {
    on->run("LISTEN " + from_.where().quoted_schema());
  } catch (const database_error& error) { // a standby tells nobody: its head is just looked at
    if (!error.is_refusal())
      throw;
  }
  watch_.show_anew(read_log_head(*on));
  on_ = std::move(on);
}

void listener::look_through_pool() const noexcept {
  if (waiting_ == 0)
    return;
  try {
    watch_.show(readers_.take()->head());
  } catch (...) { // tried again soon
  }
}

// True when the log head is to be looked at.
auto listener::wait(std::chrono::milliseconds longest) -> bool {
  // Notices that came along with the last answer are with libpq, not on the socket.
  if (on_)
    if (const auto moved = take_notices(); moved || !on_)
      return moved;
  std::array<pollfd, 2> sources{
    pollfd{.fd = stopping_.descriptor(), .events = POLLIN, .revents = 0},
    pollfd{.fd = on_ ? PQsocket(on_->handle()) : -1, .events = POLLIN, .revents = 0}};
  const auto ready = ::poll(sources.data(), sources.size(), static_cast<int>(longest.count()));
  if (ready > 0 && sources[1].revents != 0)
    return take_notices();
  return ready == 0 && waiting_ > 0;
}

// What the notices tell is of no use when nobody waits: whoever begins to wait says so first and
// then reads the log head himself.
auto listener::take_notices() -> bool {
  if (PQconsumeInput(on_->handle()) == 0) {
    on_.reset();
    return false;
  }
  const auto known = watch_.position().value;
  bool moved = false;
  while (const libpq_ptr<PGnotify> notice{PQnotifies(on_->handle())}) {
    const std::string_view text{notice->extra};
    std::uint64_t position = 0;
    std::from_chars(text.data(), text.data() + text.size(), position);
    moved = moved || position > known;
  }
  return moved && waiting_ > 0;
}

} // namespace eventcore::postgres
