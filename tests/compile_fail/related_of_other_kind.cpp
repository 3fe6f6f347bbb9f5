// expect: eventcore: this ec::related does not list the kind (and view) of the stream that is added
#include "domain.hpp"

auto find() -> ec::related<stock> {
  ec::related<stock> found;
  found.add(ec::stream<account>{"alice"});
  return found;
}
