#include "work.hpp"

#include "eventcore/detail/printable.hpp"
#include "eventcore/stores/sql_transaction.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace eventcore::postgres {

namespace {

constexpr std::size_t longest_words = 1000;

// What the server said, in one line. SOCI puts words of its own before it.
auto words_of(const soci::soci_error& error) -> std::string {
  const auto all = error.get_error_message();
  constexpr std::string_view before = " error. ";
  std::string_view said = all;
  if (const auto at = said.find(before); at != std::string_view::npos)
    said.remove_prefix(at + before.size());
  std::string line;
  for (const char c : said)
    if (c != '\n')
      line += c;
    else if (!line.ends_with(' '))
      line += ' ';
  line.erase(line.find_last_not_of(' ') + 1);
  return detail::printable(line, longest_words);
}

// Not the statement's fault, or not the work's: somebody may mend it, or it passes.
auto is_trouble(std::string_view state) -> bool {
  // Connections, what asks for another try, resources, somebody who stops things, the system.
  constexpr std::array<std::string_view, 7> classes{"08", "40", "53", "57", "58", "F0", "XX"};
  // A lock that was waited for too long, a right that lacks, a server that takes no writes.
  constexpr std::array<std::string_view, 3> states{"55P03", "42501", "25006"};
  return std::ranges::any_of(classes, [&](auto each) { return state.starts_with(each); })
         || std::ranges::find(states, state) != states.end();
}

auto threw(std::string_view what) -> std::unexpected<failure> {
  return fail(errc::handler_failed, fmt::format("the work of a transaction threw: {}; nothing was "
                                                "written",
                                                detail::printable(what, longest_words)));
}

auto call(connection& on, const address& where, const transaction_work& work) -> result<> {
  sql_transaction given{on.session(), sql_dialect::postgresql};
  try {
    return work(given);
  } catch (const soci::postgresql_soci_error& error) {
    const database_error refused{error.sqlstate(), words_of(error)};
    if (is_trouble(refused.state()))
      throw refused;
    return std::unexpected{refused_work(where, refused)};
  } catch (const soci::soci_error& error) {
    return std::unexpected{refused_work(where, {"", words_of(error)})};
  } catch (const std::bad_alloc&) {
    return fail(errc::overloaded, "out of memory"); // needs no memory of its own
  } catch (const std::exception& error) {
    return threw(error.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

} // namespace

auto ended_by_work() -> failure {
  return {
    errc::handler_failed,
    "the work of a transaction ended the transaction: what it did by then may have been kept, "
    "with its checkpoints moved; leave BEGIN, COMMIT and ROLLBACK out of it"};
}

auto refused_work(const address& where, const database_error& error) -> failure {
  return {errc::handler_failed, fmt::format("{} refused what the work of a transaction asked for: "
                                            "{}; nothing was written",
                                            where.name(), where.scrub(error.words()))};
}

auto run_work(connection& on, const address& where, const transaction_work& work) -> result<> {
  result<> done;
  std::optional<database_error> trouble;
  try {
    done = call(on, where, work);
  } catch (const database_error& error) {
    trouble = error;
  }
  if (on.is_replaced())
    return std::unexpected{ended_by_work()};
  if (on.is_lost())
    throw database_error{trouble ? trouble->words() : on.lost().words()};
  if (!on.in_transaction()) {
    on.abandon(); // with whatever settings
    return std::unexpected{ended_by_work()};
  }
  if (trouble)
    throw *trouble;
  if (done && on.has_failed_transaction())
    return fail(errc::handler_failed,
                "the work of a transaction went on after a statement had failed, which undoes all: "
                "nothing was written; let the failure out, or use savepoints");
  return done;
}

} // namespace eventcore::postgres
