#include "beats.hpp"

#include "domain.hpp"
#include "lines.hpp"
#include "opening.hpp"

#include <eventcore/ids.hpp>
#include <eventcore/json.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

namespace stress {

namespace {

struct beats_sent {
  std::string problem{}; ///< why there are none
  std::vector<beat> beats{};
};
BOOST_DESCRIBE_STRUCT(beats_sent, (), (problem, beats))

void serve(const options& given, int socket) {
  std::shared_ptr<ec::event_store> store;
  while (const auto line = read_line(socket)) {
    beats_sent answer;
    try {
      if (!store)
        store = open_for_run(given);
      answer.beats = send_beats(*store, ec::unwrap(ec::from_json<beat_order>(*line)));
    } catch (const std::exception& error) {
      answer.problem = error.what();
    }
    write_line(socket, ec::to_json(answer));
  }
}

} // namespace

auto steady_now() -> std::int64_t {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1};
}

auto send_beats(ec::event_store& store, const beat_order& wanted) -> std::vector<beat> {
  std::vector<beat> sent;
  auto& ids = ec::random_ids();
  for (std::uint64_t i = 0; i < wanted.count; ++i) {
    ec::write_set set{.commit = ids.next_commit()};
    set.reads.push_back(
      {ec::stream_id::trusted(fmt::format("account-beat-{}", ids.next_commit().text())), {}});
    set.events.push_back({.id = ids.next_event({}),
                          .type = std::string{ec::event_name<money_deposited>()},
                          .payload = ec::to_json(money_deposited{1, money_note()})});
    const auto outcome = store.append(set);
    const auto known_at = steady_now();
    const auto* done = std::get_if<ec::committed>(&outcome);
    if (!done)
      throw std::runtime_error{"a deposit on a new stream was not committed"};
    sent.push_back({done->first.value, known_at});
    std::this_thread::sleep_for(std::chrono::nanoseconds{wanted.pause});
  }
  return sent;
}

beating_process::beating_process(const options& given)
    : other_{[&given](int socket) {
        auto own = given;
        own.keep = true;
        serve(own, socket);
      }} {}

void beating_process::ask(const beat_order& wanted) { other_.ask(wanted); }

auto beating_process::wait() -> std::vector<beat> { return other_.wait<beats_sent>().beats; }

} // namespace stress
