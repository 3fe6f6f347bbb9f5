#pragma once

#include "stores/postgres_backend.hpp"
#include "support/row_holder.hpp"

#include "eventcore/stores/sql_transaction.hpp"
#include "eventcore/testing/builders.hpp"
#include "eventcore/testing/ids.hpp"

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

// What tests of transactions on PostgreSQL begin with.
namespace worked_transactions {

using namespace eventcore;
using namespace eventcore::testing;
using namespace std::chrono_literals;
using support::row_holder;

inline auto session_of(transaction& given) -> soci::session& {
  return must(sql_transaction::of(given))->session();
}

inline auto running(std::vector<std::string> statements) -> transaction_work {
  return [statements = std::move(statements)](transaction& given) -> result<> {
    for (const auto& each : statements)
      session_of(given) << each;
    return {};
  };
}

inline auto number_in(transaction& given, const std::string& sql) -> int {
  int number = -1;
  session_of(given) << sql, soci::into(number);
  return number;
}

inline auto text_in(transaction& given, const std::string& sql) -> std::string {
  std::string text;
  session_of(given) << sql, soci::into(text);
  return text;
}

// A log of three events and a table of a read model, which has no rows.
struct worked : postgres_backend {
  worked() : store{must(open({}))} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto set = write_of(ids, {stream_of("order-1").at(head).event("e")});
      at.push_back({must_commit(*store, set).first, set.commit});
      head = head_after(set, "order-1");
    }
    run("CREATE TABLE seen (n integer PRIMARY KEY)");
  }

  static auto move(event_store& in, const checkpoint& from, const checkpoint& to,
                   const transaction_work& work, std::optional<lease_claim> under = {})
    -> result<> {
    const checkpoint_move one{"mail", from, to, under};
    return in.transact({&one, 1}, work);
  }

  auto move(const checkpoint& from, const checkpoint& to, const transaction_work& work,
            std::optional<lease_claim> under = {}) const -> result<> {
    return move(*store, from, to, work, under);
  }

  /// `move` on a thread of its own.
  auto moving(event_store& in, const checkpoint& from, const checkpoint& to,
              const transaction_work& work) const -> std::future<result<>> {
    return std::async(std::launch::async,
                      [&in, from, to, work] { return move(in, from, to, work); });
  }

  auto stands() const -> checkpoint { return must(store->load_checkpoint("mail")).value_or(start); }

  auto rows() const -> int { return std::stoi(ask("SELECT count(*) FROM seen")); }

  auto hold(const std::string& which) const -> row_holder { return {connect(), which}; }

  void check_untouched() const {
    check_equal(stands(), start, "the checkpoint");
    BOOST_TEST(rows() == 0);
  }

  sequential_ids ids;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
  const checkpoint start{};
  const transaction_work insert = running({"INSERT INTO seen VALUES (1)"});
};

} // namespace worked_transactions
