#pragma once

#include <eventcore/command.hpp>

#include <cstdint>
#include <string>

// The bank's program as it was in its first year. Its events are in the store.
namespace first_year {

namespace ec = eventcore;

// begin: first-year
struct deposited {
  std::int64_t euros = 0;
};
BOOST_DESCRIBE_STRUCT(deposited, (), (euros))

struct transferred { // on the payer's stream only
  std::string to;
  std::int64_t euros = 0;
  std::int64_t fee = 0;
};
BOOST_DESCRIBE_STRUCT(transferred, (), (to, euros, fee))

struct interest_previewed {
  double rate = 0;
};
BOOST_DESCRIBE_STRUCT(interest_previewed, (), (rate))

struct account {
  using events = ec::events<deposited, transferred, interest_previewed>;
  std::int64_t euros = 0;
  void apply(const deposited& e) { euros += e.euros; }
  void apply(const transferred& e) { euros -= e.euros + e.fee; }
  void apply(const interest_previewed&) {}
};
// end: first-year

struct work { // a year's work in one command
  ec::stream<account> on;

  auto handle(const account&, ec::emit<work>& emit) const -> ec::result<> {
    emit.to(on, deposited{70});
    emit.to(on, interest_previewed{0.5});
    emit.to(on, transferred{"bob", 30, 1});
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(work, (), (on))

struct deposit {
  ec::stream<account> to;
  std::int64_t euros = 0;
  auto handle(const account&) const -> ec::result<deposited> { return deposited{euros}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to, euros))

} // namespace first_year
