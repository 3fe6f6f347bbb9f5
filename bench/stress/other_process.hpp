#pragma once

#include "lines.hpp"

#include <eventcore/json.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <sys/types.h>

namespace stress {

/// Another process of this program, which is asked a line at a time. It ends with the object at the latest.
class other_process {
public:
  /// Forks: this process has no threads. The other one does `serve` with its end of a socket, and ends with it.
  explicit other_process(const std::function<void(int socket)>& serve);
  other_process(const other_process&) = delete;
  auto operator=(const other_process&) -> other_process& = delete;
  ~other_process();

  /// Asks for something; `wait` gives the answer. Asking for more before is an error.
  template <class Order>
  void ask(const Order& order) {
    write_line(socket_, eventcore::to_json(order));
  }

  /// Throws `std::runtime_error` when the other one had a problem or is gone.
  template <class Answer>
  auto wait() -> Answer {
    auto answer = eventcore::unwrap(eventcore::from_json<Answer>(hear()));
    if (!answer.problem.empty())
      throw std::runtime_error{answer.problem};
    return answer;
  }

private:
  auto hear() -> std::string;

  pid_t process_ = -1;
  int socket_ = -1;
};

} // namespace stress
