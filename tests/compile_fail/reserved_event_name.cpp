// expect: begins with the reserved '$'
#include "domain.hpp"

#include <string_view>

struct purse_closed {
  static constexpr std::string_view name = "$closed";
  std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(purse_closed, (), (cents))

struct purse {
  using events = ec::events<purse_closed>;
  void apply(const purse_closed&) {}
};

struct close_purse {
  ec::stream<purse> which;

  auto handle(const purse&) const -> ec::result<purse_closed> { return purse_closed{0}; }
};
BOOST_DESCRIBE_STRUCT(close_purse, (), (which))

auto command() -> ec::any_command { return check(close_purse{{"alice"}}); }
