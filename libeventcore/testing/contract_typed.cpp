#include "contract_bench.hpp"

#include "eventcore/load.hpp"
#include "eventcore/stream.hpp"

#include <boost/describe/class.hpp>

namespace eventcore::testing {

namespace {

struct counted {
  std::int64_t amount;
};
BOOST_DESCRIBE_STRUCT(counted, (), (amount))

// What the events of one stream of the cases add up to.
struct counter {
  using events = eventcore::events<counted>;
  std::int64_t total = 0;
  void apply(const counted& event) { total += event.amount; }
};

const stream<counter> wanted{"1"};

void events_are_read_as_the_programs_types(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  check_equal(must(load(*store, wanted)).head, stream_head{}, "a stream that is missing");
  const auto set = on.write({stream_of(wanted.id())
                               .event("counted", R"({"amount":2})")
                               .event("counted", R"({"amount":3})")});
  must_commit(*store, set);
  const auto found = must(load(*store, wanted));
  check_equal(found.state.total, 5, "what the events add up to");
  check_equal(found.head, stream_head{{2}, set.commit}, "where the stream stands");
}

void an_event_of_an_unknown_type_is_a_failure(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store,
              on.write({stream_of("other-1").event("e"), stream_of(wanted.id()).event("renamed")}));
  const auto failed = must_fail(load(*store, wanted), errc::codec_failed, "counter-1");
  check(failed.detail.find("renamed") != std::string::npos, "the type is told: " + failed.detail);
}

void a_payload_that_does_not_fit_its_type_is_a_failure(contract_backend& backend) {
  contract_bench on{backend};
  const auto store = on.open();
  must_commit(*store, on.write({stream_of(wanted.id()).event("counted", R"({"amount":"much"})")}));
  const auto failed = must_fail(load(*store, wanted), errc::codec_failed, "counter-1");
  check(failed.detail.find("amount") != std::string::npos, "the member is told: " + failed.detail);
}

} // namespace

auto typed_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(events_are_read_as_the_programs_types, nothing),
    EVENTCORE_CASE(an_event_of_an_unknown_type_is_a_failure, nothing),
    EVENTCORE_CASE(a_payload_that_does_not_fit_its_type_is_a_failure, nothing),
  };
  return cases;
}

} // namespace eventcore::testing
