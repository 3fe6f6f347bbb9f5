#include "actors/support/postgres.hpp"
#include "actors/support/request_cases.hpp"

#include <eventcore/stores/postgres.hpp>

#include <fmt/format.h>

namespace {

const request_cases::suite in_postgres{"requests_in_postgres", [] {
                                         static int count = 0;
                                         const auto name = fmt::format("requests_{}", ++count);
                                         postgres_tests::server().create_database(name);
                                         return [url = postgres_tests::server().url(name)] {
                                           return eventcore::unwrap(
                                             eventcore::postgres::open(url, {}));
                                         };
                                       }};

} // namespace
