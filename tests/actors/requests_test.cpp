#include "actors/support/following.hpp"
#include "actors/support/request_cases.hpp"

namespace {

const request_cases::suite in_sqlite{
  "requests_in_sqlite",
  [] { return [on = std::make_shared<following::in_sqlite>()] { return on->open(); }; }};

} // namespace
