#pragma once

#include "eventcore/testing/contract.hpp"

#include <iostream>
#include <memory>
#include <span>
#include <string>

#include <boost/test/tree/decorator.hpp>
#include <boost/test/unit_test.hpp>

namespace eventcore::testing::detail {

/// Adds cases to the test tree, as a suite of their own. The cases live as long as the program.
template <class Backend>
struct contract_registrar {
  contract_registrar(std::span<const contract_case> cases, const std::string& suite_name,
                     const char* file, std::size_t line) {
    namespace test = boost::unit_test;
    auto* suite = new test::test_suite{suite_name, file, line};
    for (const auto& each : cases)
      suite->add(decorated(each, file, line));
    test::framework::current_auto_test_suite().add(suite);
  }

private:
  static auto decorated(const contract_case& each, const char* file, std::size_t line)
    -> boost::unit_test::test_case* {
    namespace test = boost::unit_test;
    auto* made = test::make_test_case([&each] { run(each); }, std::string{each.name}, file, line);
    test::precondition condition{[&each](test::test_unit_id) { return can_run(each); }};
    static_cast<test::decorator::base&>(condition).apply(*made);
    return made;
  }

  static auto can_run(const contract_case& each) -> boost::test_tools::assertion_result {
    const auto reason = Backend{}.lacks(each.need);
    boost::test_tools::assertion_result able{reason.empty()};
    if (!reason.empty()) {
      able.message() << reason;
      std::cout << "skipped: " << each.name << ": " << reason << std::endl;
    }
    return able;
  }

  static void run(const contract_case& each) {
    try {
      Backend backend;
      each.run(backend);
      BOOST_TEST(true); // a case without an assertion would be reported as one that checks nothing
    } catch (const contract_violation& violation) {
      BOOST_ERROR(violation.what());
    }
  }
};

} // namespace eventcore::testing::detail

/// Holds `backend`, a default-constructible class derived from
/// `eventcore::testing::contract_backend`, against the whole store contract: one test case for each
/// rule. Cases that the backend cannot run are skipped, and printed with the reason.
///
///     #define BOOST_TEST_MODULE my_store
///     #include <eventcore/testing/contract_boost.hpp>
///     EVENTCORE_STORE_CONTRACT(my_backend)
#define EVENTCORE_STORE_CONTRACT(backend)                                                          \
  EVENTCORE_STORE_CASES(backend, contract_of, ::eventcore::testing::contract_cases())

/// The same for other cases than the contract's, a span that outlives the tests; `suite` begins the
/// name of their suite.
#define EVENTCORE_STORE_CASES(backend, suite, cases)                                               \
  static const ::eventcore::testing::detail::contract_registrar<backend> backend##_##suite{        \
    cases, #suite "_" #backend, __FILE__, __LINE__};
