#pragma once

#include "connector.hpp"
#include "reader.hpp"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace eventcore::postgres {

/// The connections of a store that read and keep small records: opened when they are first needed,
/// at most `most` of them. Thread-safe.
class reader_pool {
public:
  reader_pool(connector& from, std::size_t most, std::size_t largest_payload);

  /// A reader that is given back when it goes, or closed when its connection was lost or a failure
  /// left a transaction open.
  class lent {
  public:
    lent(reader_pool& from, std::unique_ptr<reader> taken);
    lent(const lent&) = delete;
    auto operator=(const lent&) -> lent& = delete;
    ~lent();

    auto operator->() const -> reader* { return reader_.get(); }
    auto operator*() const -> reader& { return *reader_; }

  private:
    reader_pool& from_;
    std::unique_ptr<reader> reader_;
  };

  /// Waits while all readers are out. Those that the server has left meanwhile are closed. Throws
  /// when a new one cannot be opened.
  auto take() -> lent;

  /// Takes `used` for one that is not out.
  void add(std::unique_ptr<connection> used);

private:
  auto take_idle() -> std::unique_ptr<reader>;
  void give_back(std::unique_ptr<reader> used);

  connector& from_;
  const std::size_t most_;
  const std::size_t largest_payload_;
  std::mutex guard_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<reader>> idle_;
  std::size_t out_ = 0;
};

} // namespace eventcore::postgres
