#include "contract_bench.hpp"

namespace eventcore::testing {

namespace {

// A log of three events in three commits, and the states of a read model after each.
struct modelled_log {
  explicit modelled_log(contract_backend& backend) : on{backend}, store{on.open()} {
    stream_head head;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto set = on.write({stream_of("order-1").at(head).event("e")});
      must_commit(*store, set);
      head = head_after(set, "order-1");
      at.push_back({{i}, set.commit});
    }
  }

  static auto state(const checkpoint& at, std::string payload, std::string name = "top")
    -> read_model_state {
    return {std::move(name), "v1", at, std::move(payload)};
  }

  auto save(const read_model_state& state) const -> bool {
    return must(store->save_read_model(state));
  }
  auto load(std::string_view name = "top") const -> std::optional<read_model_state> {
    return must(store->load_read_model(name));
  }

  contract_bench on;
  std::shared_ptr<event_store> store;
  std::vector<checkpoint> at; ///< at[0] is position 1
};

void a_read_model_makes_the_round_trip(contract_backend& backend) {
  const modelled_log log{backend};
  check(!log.load(), "one that was never saved is missing");
  const auto state = modelled_log::state(log.at[1], std::string("{\"a\":'\\\xC3\xA9\xFF\0}", 12));
  check(log.save(state), "it is kept");
  check(log.load() == state, "it is loaded as it was saved");
  const auto empty = modelled_log::state(log.at[1], "");
  check(log.save(empty), "an empty one is kept");
  check(log.load() == empty, "and loaded");
}

void a_stale_writer_cannot_regress_a_read_model(contract_backend& backend) {
  const modelled_log log{backend};
  check(log.save(modelled_log::state(log.at[0], "first")), "the first is kept");
  check(log.save(modelled_log::state(log.at[2], "third")), "a later one is kept");
  check(!log.save(modelled_log::state(log.at[1], "second")), "an older one is not");
  check(log.load() == modelled_log::state(log.at[2], "third"), "the latest is loaded");
  auto refolded = modelled_log::state(log.at[2], "refolded");
  refolded.fold = "v2";
  check(log.save(refolded), "one of the same position takes its place");
  check(log.load() == refolded, "it is loaded");
}

void read_models_of_two_names_are_independent(contract_backend& backend) {
  const modelled_log log{backend};
  check(log.save(modelled_log::state(log.at[2], "top")), "one");
  check(log.save(modelled_log::state(log.at[0], "Top", "Top")), "another, earlier");
  check(log.load() == modelled_log::state(log.at[2], "top"), "one is loaded");
  check(log.load("Top") == modelled_log::state(log.at[0], "Top", "Top"), "the other is loaded");
}

void a_read_model_of_a_commit_that_is_not_in_the_log_is_not_kept(contract_backend& backend) {
  modelled_log log{backend};
  for (const auto& foreign : {checkpoint{{2}, log.on.ids.next_commit()},
                              checkpoint{{2}, log.at[2].commit}, checkpoint{{4}, log.at[2].commit},
                              checkpoint{{2}, {}}, checkpoint{{0}, log.at[0].commit}}) {
    check(!log.save(modelled_log::state(foreign, "x")), "it is not kept: " + shown(foreign));
    check(!log.load(), "there is none");
  }
}

void a_read_model_needs_a_name(contract_backend& backend) {
  const modelled_log log{backend};
  for (const auto* name : {"", "\xFF"})
    must_fail(log.store->save_read_model(modelled_log::state(log.at[0], "x", name)),
              errc::invalid_argument, "read model");
}

void read_models_are_kept_over_a_restart(contract_backend& backend) {
  modelled_log log{backend};
  check(log.save(modelled_log::state(log.at[1], "{}")), "it is kept");
  log.store.reset();
  log.store = log.on.open();
  check(log.load() == modelled_log::state(log.at[1], "{}"), "it is the same");
}

} // namespace

auto read_model_cases() -> std::span<const contract_case> {
  static constexpr contract_case cases[] = {
    EVENTCORE_CASE(a_read_model_makes_the_round_trip, nothing),
    EVENTCORE_CASE(a_stale_writer_cannot_regress_a_read_model, nothing),
    EVENTCORE_CASE(read_models_of_two_names_are_independent, nothing),
    EVENTCORE_CASE(a_read_model_of_a_commit_that_is_not_in_the_log_is_not_kept, nothing),
    EVENTCORE_CASE(a_read_model_needs_a_name, nothing),
    EVENTCORE_CASE(read_models_are_kept_over_a_restart, same_database),
  };
  return cases;
}

} // namespace eventcore::testing
