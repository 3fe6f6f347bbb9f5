#pragma once

#include "connector.hpp"
#include "reader_pool.hpp"
#include "working_thread.hpp"
#include "writer.hpp"

#include "eventcore/detail/head_watch.hpp"

#include <memory>
#include <optional>
#include <semaphore>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventcore::postgres {

/// One store's ways into its database: the connections, and who may use which. Thread-safe.
class access {
public:
  access(address where, store_settings settings);

  /// Connects and brings the schema up to date, or only looks at it when the store is read-only.
  /// Throws.
  void open();

  /// Fails with `read_only` when the store only reads, with `invalid_argument` for work that would
  /// wait for itself.
  auto check_writable() const -> result<>;

  /// The time that the store was given; without one, the server's counts.
  auto now() const -> std::optional<timestamp>;

  auto where() const -> const address& { return connector_.where(); }
  auto settings() const -> const store_settings& { return settings_; }
  auto from() -> connector& { return connector_; }
  auto readers() -> reader_pool& { return readers_; }
  auto watch() -> detail::head_watch& { return watch_; }

  /// Where the critical section is; asked for only when the store is writable.
  auto writing() -> writer& { return *writer_; }

  /// What `act(reader&)` gives.
  template <class Act>
  auto reading(Act act) -> std::invoke_result_t<Act, reader&>;

  /// What `act(connection&)` gives, unless the store is read-only.
  template <class Act>
  auto recording(Act act) -> std::invoke_result_t<Act, connection&>;

  /// The same for what few users need a right for. Fails with `read_only` when the database says
  /// that this one lacks it; `right` is how it is granted.
  template <class Act>
  auto maintaining(std::string_view right, Act act) -> std::invoke_result_t<Act, connection&>;

  /// What `act(connection&)` gives, which calls work of others. A connection is left for those who
  /// read, the work among them.
  template <class Act>
  auto working(working_thread::access what, Act act) -> result<>;

private:
  /// Fails when this thread does work and has all connections that it may have, so that it would
  /// wait for itself.
  auto check_free() const -> result<>;

  class workplace {
  public:
    explicit workplace(std::counting_semaphore<>& taken) : from_{taken} { from_.acquire(); }
    workplace(const workplace&) = delete;
    auto operator=(const workplace&) -> workplace& = delete;
    ~workplace() { from_.release(); }

  private:
    std::counting_semaphore<>& from_;
  };

  const store_settings settings_;
  connector connector_;
  detail::head_watch watch_;
  reader_pool readers_;
  std::counting_semaphore<> workplaces_; // connections that work may have at once
  std::unique_ptr<writer> writer_;       // none when the store is read-only
};

template <class Act>
auto access::reading(Act act) -> std::invoke_result_t<Act, reader&> {
  if (auto free = check_free(); !free)
    return std::unexpected{std::move(free.error())};
  try {
    const auto taken = readers_.take();
    return act(*taken);
  } catch (...) {
    return std::unexpected{current_failure(where())};
  }
}

template <class Act>
auto access::recording(Act act) -> std::invoke_result_t<Act, connection&> {
  if (auto writable = check_writable(); !writable)
    return std::unexpected{std::move(writable.error())};
  return reading([&](reader& taken) { return act(taken.on()); });
}

template <class Act>
auto access::maintaining(std::string_view right, Act act)
  -> std::invoke_result_t<Act, connection&> {
  return recording([&](connection& on) -> std::invoke_result_t<Act, connection&> {
    try {
      return act(on);
    } catch (const database_error& error) {
      if (!is_lacking_right(error))
        throw;
      return std::unexpected{lacking_right(where(), right)};
    }
  });
}

template <class Act>
auto access::working(working_thread::access what, Act act) -> result<> {
  const auto lend = [&] {
    return reading([&](reader& lent) {
      const working_thread here{this, what};
      return act(lent.on());
    });
  };
  // Work within work takes the connection that the other leaves free.
  if (working_thread::connections_of(this) > 0)
    return lend();
  const workplace here{workplaces_};
  return lend();
}

} // namespace eventcore::postgres
