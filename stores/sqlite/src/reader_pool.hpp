#pragma once

#include "reader.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace eventcore::sqlite {

/// The connections of a store that read: opened when they are first needed, at most `most` of them.
class reader_pool {
public:
  reader_pool(connection_options options, std::size_t most);

  /// A reader that is given back when it goes.
  class lent {
  public:
    lent(reader_pool& from, std::unique_ptr<reader> taken);
    lent(const lent&) = delete;
    auto operator=(const lent&) -> lent& = delete;
    ~lent();

    auto operator->() const -> reader* { return reader_.get(); }
    auto operator*() const -> reader& { return *reader_; }

    /// Closes it instead of giving it back.
    void drop() { reader_.reset(); }

  private:
    reader_pool& from_;
    std::unique_ptr<reader> reader_;
  };

  /// Waits while all readers are out. Throws when a new one cannot be opened.
  auto take() -> lent;

  /// Closes all that are not out.
  void close();

private:
  void give_back(std::unique_ptr<reader> used);

  const connection_options options_;
  const std::size_t most_;
  std::mutex guard_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<reader>> idle_;
  std::size_t out_ = 0;
};

} // namespace eventcore::sqlite
