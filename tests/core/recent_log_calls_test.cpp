#include <eventcore/forwarding_store.hpp>
#include <eventcore/recent_log.hpp>
#include <eventcore/stores/memory.hpp>

#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace ec = eventcore;

// What of the recent log is the store's affair.
namespace {

/// A store that knows which calls reached it.
class called_store final : public ec::forwarding_store {
public:
  using ec::forwarding_store::forwarding_store;

  auto transact(std::span<const ec::checkpoint_move>, const ec::transaction_work&)
    -> ec::result<> override {
    return called("transact"), ec::result<>{};
  }
  auto inspect(const ec::transaction_work&) -> ec::result<> override {
    return called("inspect"), ec::result<>{};
  }
  auto list_checkpoints() -> ec::result<std::vector<ec::named_checkpoint>> override {
    return called("list_checkpoints"), std::vector<ec::named_checkpoint>{};
  }
  auto save_read_model(const ec::read_model_state&) -> ec::result<bool> override {
    return called("save_read_model");
  }
  auto load_read_model(std::string_view)
    -> ec::result<std::optional<ec::read_model_state>> override {
    return called("load_read_model"), std::nullopt;
  }
  auto park(const ec::dead_letter&) -> ec::result<> override {
    return called("park"), ec::result<>{};
  }
  auto list_dead_letters(const ec::dead_letter_query&)
    -> ec::result<std::vector<ec::parked_event>> override {
    return called("list_dead_letters"), std::vector<ec::parked_event>{};
  }
  auto retry_dead_letter(std::string_view, ec::log_position) -> ec::result<bool> override {
    return called("retry_dead_letter");
  }
  auto drop_dead_letter(std::string_view, ec::log_position) -> ec::result<bool> override {
    return called("drop_dead_letter");
  }

  std::vector<std::string> calls{};

private:
  auto called(std::string call) -> bool {
    calls.push_back(std::move(call));
    return true;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(recent_log_calls)

BOOST_AUTO_TEST_CASE(what_readers_keep_is_handed_on) {
  const auto called = std::make_shared<called_store>(ec::memory::open());
  ec::recent_log recent{called};
  ec::unwrap(recent.transact({}, {}));
  ec::unwrap(recent.inspect({}));
  ec::unwrap(recent.list_checkpoints());
  BOOST_TEST(ec::unwrap(recent.save_read_model({})));
  ec::unwrap(recent.load_read_model("p"));
  ec::unwrap(recent.park({.why = ec::failure{ec::errc::handler_failed, "no"}}));
  ec::unwrap(recent.list_dead_letters({}));
  BOOST_TEST(ec::unwrap(recent.retry_dead_letter("p", {})));
  BOOST_TEST(ec::unwrap(recent.drop_dead_letter("p", {})));
  const std::vector<std::string> all{"transact",          "inspect",           "list_checkpoints",
                                     "save_read_model",   "load_read_model",   "park",
                                     "list_dead_letters", "retry_dead_letter", "drop_dead_letter"};
  BOOST_TEST(called->calls == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
