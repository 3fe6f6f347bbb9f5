// EventCore in a program that has actors already: one of them sells tickets, and asks the runtime to decide.
#include <eventcore/actors/config.hpp>
#include <eventcore/actors/runtime.hpp>
#include <eventcore/backends.hpp>
#include <eventcore/command.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/stores/postgres.hpp>
#include <eventcore/stores/sqlite.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <fmt/core.h>

namespace ec = eventcore;
using namespace std::chrono_literals;

struct ticket_sold {};
BOOST_DESCRIBE_STRUCT(ticket_sold, (), ())

struct concert {
  using events = ec::events<ticket_sold>;
  std::int32_t sold = 0;
  void apply(const ticket_sold&) { ++sold; }
};

struct sell_ticket {
  ec::stream<concert> which;
  std::int32_t seats = 0;

  auto handle(const concert& now) const -> ec::result<ticket_sold> {
    EVENTCORE_REQUIRE(now.sold < seats, "all {} seats are sold", seats);
    return ticket_sold{};
  }
};
BOOST_DESCRIBE_STRUCT(sell_ticket, (), (which, seats))

namespace {

// begin: actor
// Takes the name of a concert; answers with the number of the ticket.
using box_office_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::uint64_t>>;

auto box_office(box_office_actor::pointer self, const ec::command_actor& events)
  -> box_office_actor::behavior_type {
  return {[self, events](const std::string& name) -> caf::result<std::uint64_t> {
    const auto which = ec::stream<concert>::of(name);
    if (!which)
      return ec::to_error(which.error());
    auto answer = self->make_response_promise<std::uint64_t>();
    self->request(events, 40s, ec::execute_command{sell_ticket{*which, 2}})
      .then(
        [answer](const ec::executed& done) mutable {
          answer.deliver(done.streams.front().version.value); // durable by now
        },
        [answer](caf::error& failed) mutable { answer.deliver(std::move(failed)); });
    return answer;
  }};
}
// end: actor

// begin: customer
void buy(caf::scoped_actor& self, const box_office_actor& office, const std::string& name) {
  self->request(office, 60s, name)
    .receive([&](std::uint64_t ticket) { fmt::print("{}: ticket {}\n", name, ticket); },
             [&](const caf::error& failed) {
               const auto why = ec::to_failure(failed);
               if (why.code == ec::errc::rule_violated)
                 fmt::print("{}: sorry, {}\n", name, why.detail);
               else if (ec::is_retriable(why.code))
                 fmt::print("{}: please come again ({})\n", name, why.text());
               else
                 fmt::print("{}: {}\n", name, why.text());
             });
}
// end: customer

} // namespace

// begin: main
auto main(int argc, char** argv) -> int try {
  ec::system_config config; // caf-application.conf and the command line, group eventcore
  if (const auto wrong = config.parse(argc, argv)) {
    fmt::print(stderr, "{}\n", ec::text_of(wrong));
    return 2;
  }
  caf::actor_system system{config};
  ec::backends stores;
  ec::memory::add_to(stores);
  ec::sqlite::add_to(stores);
  ec::postgres::add_to(stores);
  auto runtime = ec::unwrap(ec::runtime::start(system, stores));

  const auto office = system.spawn(box_office, runtime.actor());
  caf::scoped_actor customer{system};
  for (const auto* const name : {"opera", "opera", "opera", "op*ra"})
    buy(customer, office, name);

  customer->send_exit(office, caf::exit_reason::user_shutdown); // first those who ask,
  runtime.stop();                                               // then the one that answers
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
// end: main
