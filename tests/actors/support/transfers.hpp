#pragma once

#include "support/accounts.hpp"

#include <eventcore/actors/runtime.hpp>
#include <eventcore/event_store.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// Clients of a runtime on real threads: each transfer carries its name in its metadata, so that what was
// told can be held against the log.
namespace transfers {

namespace ec = eventcore;

inline constexpr std::size_t account_count = 5;
inline constexpr std::int64_t cents_of_each = 10'000;

auto account_number(std::uint64_t number) -> ec::stream<accounts::account>;

/// Gives each account its cents.
void fill_accounts(ec::event_store& store);

// -- the clients --------------------------------------------------------------

/// One command, and what became of it.
struct asked {
  std::atomic<int> answers{0};
  std::optional<ec::result<ec::executed>> outcome{};
};

struct client_plan {
  std::string name{}; ///< of the commands in the log, with the numbers of thread and command
  std::size_t threads = 4;
  std::size_t commands = 0;     ///< of each thread, at most
  std::ptrdiff_t in_flight = 8; ///< of each thread
  std::uint64_t most_cents = 1; ///< of a transfer
  std::uint64_t seed = 1;
};

/// Threads that ask for transfers. The destructor waits until all are answered.
class clients {
public:
  clients(ec::runtime& of, const client_plan& plan);

  /// Waits until `more` further commands have succeeded, or all clients are done.
  void wait_for_successes(std::uint64_t more);

  /// Waits until `more` further commands were answered, whatever the answer, or all clients are done.
  void wait_for_answers(std::uint64_t more);

  /// They ask for nothing more.
  void stop() { stopped_ = true; }

  void join() { threads_.clear(); }

  /// After `join`, and after the runtime has stopped: `see(name, asked)`.
  template <class See>
  void for_each(const See& see) const {
    for (std::size_t thread = 0; thread < asked_.size(); ++thread)
      for (std::size_t i = 0; i < asked_[thread].size(); ++i)
        see(name_of(thread, i), asked_[thread][i]);
  }

private:
  auto name_of(std::size_t thread, std::size_t command) const -> std::string;
  void ask_all(ec::runtime& of, std::size_t thread);

  /// Shared with the callbacks: should a command be answered twice, that may come late.
  struct progress {
    std::atomic<std::uint64_t> answers{0};
    std::atomic<std::uint64_t> successes{0};
  };

  void wait_for(const std::atomic<std::uint64_t>& count, std::uint64_t more) const;

  const client_plan plan_;
  std::vector<std::deque<asked>> asked_; ///< by thread
  std::shared_ptr<progress> progress_ = std::make_shared<progress>();
  std::atomic<bool> stopped_{false};
  std::atomic<std::size_t> busy_; ///< threads that are not done
  std::vector<std::jthread> threads_;
};

// -- what was told, held against the log --------------------------------------

struct found_commit {
  ec::commit_id id{};
  ec::log_position first{};
  std::uint64_t count = 0;
};

/// What each command wrote: more than one commit if it was written twice.
using commits_by_name = std::map<std::string, std::vector<found_commit>>;

auto read_all(ec::event_store& store) -> commits_by_name;

struct verdict {
  std::vector<std::string> wrong{};
  std::map<std::string, std::size_t> told{}; ///< how often which code, or "written"
};

/// Each was answered once; what was told is in the log once, what failed is not, and what is unknown is
/// there once at most.
void judge(const clients& of, const commits_by_name& log, verdict& into);

/// Prints what was told and how often. An error for all that is wrong.
void check(const verdict& found);

/// No cent was lost, and the store finds no damage.
void check_money(ec::event_store& store);

// -- the runtime --------------------------------------------------------------

/// Short waits, no log.
auto quick_settings() -> ec::runtime_settings;

/// Commands on a store that fails now and then, with a stranger who writes to the same streams.
void run_with_faults(const std::shared_ptr<ec::event_store>& inner, std::uint64_t commands);

/// Two runtimes, each on a store of its own in the same database.
void run_two(const std::shared_ptr<ec::event_store>& first,
             const std::shared_ptr<ec::event_store>& second, std::uint64_t commands);

} // namespace transfers
