#pragma once

#include "sql/support.hpp"

#include <eventcore/forwarding_store.hpp>
#include <eventcore/projection_host.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

// A program of its own that runs a SQL projection, until it is killed or suspended from outside.
namespace sql_tests {

/// How a program runs the projection.
struct conduct {
  std::size_t page = 1;
  std::size_t workers = 1;
  bool rebuilds = false;
  std::chrono::milliseconds takeover{}; ///< of its lease; 0: it takes none
};

/// Says when it begins a transaction.
class talking_store final : public ec::forwarding_store {
public:
  talking_store(std::shared_ptr<ec::event_store> inner, int to)
      : forwarding_store{std::move(inner)}, to_{to} {}

  using ec::forwarding_store::append;
  using ec::forwarding_store::read;

  auto transact(std::span<const ec::checkpoint_move> moves, const ec::transaction_work& work)
    -> ec::result<> override {
    static_cast<void>(::write(to_, "t", 1));
    return inner_->transact(moves, work);
  }

private:
  int to_;
};

/// Runs until it is killed; what it says last is why it ended otherwise.
template <class Backend>
void run_without_end(Backend& database, const conduct& how, int to) {
  const auto opened = database.open({});
  if (!opened)
    return static_cast<void>(::write(to, "!", 1));
  talking_store store{*opened, to};
  const ec::environment around;
  ec::projection_host host{
    store,
    ec::sql_projection<balances>({}, ec::partitions{how.workers}),
    {.until = ec::run_until::stopped, .page = {.events = how.page}, .takeover = how.takeover},
    around};
  if (how.rebuilds)
    static_cast<void>(host.rebuild());
  for (;;) {
    const auto next = host.step();
    if (const auto* resting = std::get_if<ec::projection_host::rest>(&next))
      static_cast<void>(store.await(resting->known.value_or(ec::log_position::max()),
                                    std::chrono::milliseconds{10}));
    else if (std::holds_alternative<ec::projection_host::ended>(next))
      return static_cast<void>(::write(to, "!", 1));
  }
}

/// A program that is killed with the object. The process that makes one has no threads.
class victim {
public:
  template <class Backend>
  victim(Backend& database, const conduct& how) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    id_ = ::fork();
    BOOST_REQUIRE(id_ >= 0);
    if (id_ == 0) {
      ::close(ends[0]);
      run_without_end(database, how, ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  victim(const victim&) = delete;
  auto operator=(const victim&) -> victim& = delete;

  ~victim() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    ::close(from_);
  }

  /// Waits until it begins another transaction.
  void hear() {
    char said = '!';
    static_cast<void>(::read(from_, &said, 1));
    BOOST_REQUIRE_EQUAL(said, 't');
  }

  /// The same, but not for ever: false when it begins none.
  auto is_heard_within(std::chrono::milliseconds patience) -> bool {
    pollfd waiting{.fd = from_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0)
      return false;
    hear();
    return true;
  }

  void suspend() { ::kill(id_, SIGSTOP); }
  void resume() { ::kill(id_, SIGCONT); }

  /// Forgets what it said by now.
  void pass_over() {
    while (is_heard_within(std::chrono::milliseconds{0})) {
    }
  }

private:
  pid_t id_ = -1;
  int from_ = -1;
};

} // namespace sql_tests
