#include "program.hpp"
#include "support/orders.hpp"

#include <csignal>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {

/// A file of orders that another program still writes.
class pipe_of_orders {
public:
  explicit pipe_of_orders(std::string path) : path_{std::move(path)} {
    BOOST_REQUIRE(mkfifo(path_.c_str(), 0600) == 0);
    end_ = open(path_.c_str(), O_RDWR | O_CLOEXEC);
    BOOST_REQUIRE(end_ >= 0);
  }
  pipe_of_orders(const pipe_of_orders&) = delete;
  auto operator=(const pipe_of_orders&) -> pipe_of_orders& = delete;
  ~pipe_of_orders() { close(end_); }

  void write(std::string line) const {
    line += '\n';
    BOOST_REQUIRE(::write(end_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }

private:
  std::string path_;
  int end_ = -1;
};

/// An import of `file` that tells on its standard output what its runtime does, and when an order is
/// done; it reads no further before that.
auto aloud(const program::scratch& scratch, const std::string& file) -> std::vector<std::string> {
  return {"import",
          file,
          "--store",
          scratch.store(),
          "--print-done",
          "--in-flight",
          "1",
          "--eventcore.log.level=info",
          "--eventcore.log.sink=stdout"};
}

void wait_for_line(program::running& import, std::string_view with) {
  auto line = import.read_line();
  while (line && !line->contains(with))
    line = import.read_line();
  BOOST_REQUIRE_MESSAGE(line, "no line with " << with);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_DATA_TEST_CASE(a_signal_ends_an_import_with_what_is_in_flight,
                     boost::unit_test::data::make({SIGTERM, SIGINT}), signal) {
  constexpr std::size_t orders = 20'000;
  const program::scratch scratch;
  const auto file = scratch.path("orders.tsv").string();
  support::write_lines(file, support::make_orders(orders, 3));
  std::size_t acknowledged = 0;
  program::running import{{"import", file, "--store", scratch.store(), "--print-done"}};
  for (; acknowledged < 300 && import.read_line(); ++acknowledged) {
  }
  import.kill(signal);
  for (; import.read_line(); ++acknowledged) {
  }
  const auto stopped = import.wait();
  BOOST_TEST(stopped.code == 4, stopped.err);
  BOOST_TEST(
    stopped.err.starts_with("stopped by a signal; what is done stays done, import the file "
                            "again to go on\n"
                            + std::to_string(acknowledged) + " orders in "),
    stopped.err);
  BOOST_TEST(acknowledged < orders);

  // What was done was acknowledged, and the other way round.
  const auto again = program::run({"import", file, "--store", scratch.store()});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(again.out.contains("\n  already done  " + std::to_string(acknowledged) + "\n"),
             again.out);
  const auto checked = program::run({"verify", "--store", scratch.store()});
  BOOST_TEST(checked.code == 0, checked.out << checked.err);
}

BOOST_AUTO_TEST_CASE(an_import_that_was_told_to_stop_takes_no_order_that_comes_later) {
  const program::scratch scratch;
  const auto file = scratch.path("orders.tsv").string();
  const pipe_of_orders later{file};
  program::running import{aloud(scratch, file)};
  later.write("1\t7\tAB\t9\t1.00\tHH");
  wait_for_line(import, "1");
  import.kill(SIGTERM);
  wait_for_line(import, "shutdown ended");
  later.write("2\t7\tAB\t9\t1.00\tHH");
  const auto ended = import.wait();
  BOOST_TEST(ended.code == 4, ended.err);
  BOOST_TEST(ended.out == "");
  BOOST_TEST(ended.err.contains("\n1 orders in "), ended.err);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_program_at_once) {
  const program::scratch scratch;
  const auto file = scratch.path("orders.tsv").string();
  const pipe_of_orders later{file};
  program::running import{aloud(scratch, file)};
  later.write("1\t7\tAB\t9\t1.00\tHH");
  wait_for_line(import, "1");
  import.kill(SIGTERM);
  wait_for_line(import, "shutdown ended");
  import.kill(SIGTERM);
  BOOST_TEST(import.wait().signal == SIGTERM);
}

BOOST_AUTO_TEST_SUITE_END()
