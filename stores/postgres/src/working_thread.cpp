#include "working_thread.hpp"

namespace eventcore::postgres {

namespace {

thread_local const working_thread* innermost = nullptr;

} // namespace

working_thread::working_thread(const void* store, access what)
    : store_{store}, what_{what}, around_{innermost} {
  innermost = this;
}

working_thread::~working_thread() { innermost = around_; }

auto working_thread::connections_of(const void* store) -> int {
  int count = 0;
  for (const auto* each = innermost; each; each = each->around_)
    if (each->store_ == store)
      ++count;
  return count;
}

auto working_thread::writes_to(const void* store) -> bool {
  for (const auto* each = innermost; each; each = each->around_)
    if (each->store_ == store && each->what_ == access::writes)
      return true;
  return false;
}

} // namespace eventcore::postgres
