// expect: eventcore: the command has no stream
#include "domain.hpp"

struct deposit {
  std::int64_t cents;

  auto handle(ec::emit<deposit>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (cents))

auto command() -> ec::any_command { return check(deposit{1}); }
