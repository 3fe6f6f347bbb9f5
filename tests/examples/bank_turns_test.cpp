#include "turns.hpp"

#include <boost/test/unit_test.hpp>

using bank::turns;
using numbers = std::vector<turns::number>;

BOOST_AUTO_TEST_SUITE(taking_turns)

BOOST_AUTO_TEST_CASE(who_shares_no_name_does_not_wait) {
  turns queue;
  BOOST_TEST(queue.enter(1, {"a", "b"}));
  BOOST_TEST(queue.enter(2, {"c"}));
}

BOOST_AUTO_TEST_CASE(who_shares_a_name_waits_for_the_one_before) {
  turns queue;
  queue.enter(1, {"a", "b"});
  BOOST_TEST(!queue.enter(2, {"b", "c"}));
  BOOST_TEST(!queue.enter(3, {"b"}));
  BOOST_TEST((queue.leave(1) == numbers{2}));
  BOOST_TEST((queue.leave(2) == numbers{3}));
  BOOST_TEST((queue.leave(3) == numbers{}));
}

BOOST_AUTO_TEST_CASE(who_waits_for_two_goes_when_both_have_left) {
  turns queue;
  queue.enter(1, {"a"});
  queue.enter(2, {"b"});
  BOOST_TEST(!queue.enter(3, {"a", "b"}));
  BOOST_TEST((queue.leave(2) == numbers{}));
  BOOST_TEST((queue.leave(1) == numbers{3}));
}

BOOST_AUTO_TEST_CASE(who_waits_keeps_its_place_at_names_that_are_free) {
  turns queue;
  queue.enter(1, {"a"});
  queue.enter(2, {"a", "b"});
  BOOST_TEST(!queue.enter(3, {"b"}));
  BOOST_TEST((queue.leave(1) == numbers{2}));
  BOOST_TEST((queue.leave(2) == numbers{3}));
}

BOOST_AUTO_TEST_CASE(one_who_leaves_may_let_several_go) {
  turns queue;
  queue.enter(1, {"a", "b"});
  queue.enter(2, {"a"});
  queue.enter(3, {"b"});
  BOOST_TEST((queue.leave(1) == numbers{2, 3}));
}

BOOST_AUTO_TEST_CASE(names_that_all_have_left_are_free_again) {
  turns queue;
  queue.enter(1, {"a"});
  queue.leave(1);
  BOOST_TEST(queue.enter(2, {"a"}));
}

BOOST_AUTO_TEST_SUITE_END()
