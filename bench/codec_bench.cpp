// The codec beside Boost.JSON's DOM, on the same event in the same run: first the table of Google
// Benchmark, then the medians of interleaved rounds and their ratio, which is the figure that
// counts.

#include "eventcore/json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/describe/class.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace ec = eventcore;

namespace bench {

struct money_moved {
  std::string account;
  std::int64_t cents = 0;
  std::string ref;
  bool urgent = false;
};
BOOST_DESCRIBE_STRUCT(money_moved, (), (account, cents, ref, urgent))

const money_moved event{.account = "home-4711", .cents = 12550, .ref = "rent-13", .urgent = true};
const std::string json = ec::to_json(event);

auto encode() -> std::string {
  std::string out;
  if (!ec::try_append_json(event, out))
    std::abort();
  return out;
}

auto encode_boost() -> std::string {
  return boost::json::serialize(boost::json::value_from(event));
}

auto decode() -> money_moved { return *ec::from_json<money_moved>(json); }

auto decode_boost() -> money_moved {
  return boost::json::value_to<money_moved>(boost::json::parse(json));
}

/// Nanoseconds of processor time per call of `run`, over one round.
template <class Run>
auto round_of(Run run) -> double {
  constexpr int calls = 50'000;
  const auto begin = std::clock();
  for (int i = 0; i < calls; ++i)
    benchmark::DoNotOptimize(run());
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC * 1e9 / calls;
}

auto median(std::vector<double> values) -> double {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Rounds of both take turns, so that a change of the machine's speed meets both.
template <class Ours, class Theirs>
void compare(const char* what, Ours ours, Theirs theirs) {
  std::vector<double> our_rounds, their_rounds, ratios;
  for (int i = 0; i < 41; ++i) {
    our_rounds.push_back(round_of(ours));
    their_rounds.push_back(round_of(theirs));
    ratios.push_back(their_rounds.back() / our_rounds.back());
  }
  fmt::print("{}: eventcore {:.1f} ns, Boost.JSON {:.1f} ns, {:.2f} x as fast (medians of {} "
             "rounds, {} B)\n",
             what, median(our_rounds), median(their_rounds), median(ratios), ratios.size(),
             json.size());
}

void run_encode(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(encode());
}

void run_encode_boost(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(encode_boost());
}

void run_decode(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(decode());
}

void run_decode_boost(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(decode_boost());
}

/// The event itself, an array of a thousand, and long text in ASCII, with escapes, and beyond
/// ASCII.
void run_validate(benchmark::State& state) {
  static const std::vector<money_moved> many(1000, event);
  const auto text_of = [](std::string_view piece) {
    std::string text;
    while (text.size() < 10'000)
      text += piece;
    return ec::to_json(text);
  };
  static const std::array<std::string, 5> payloads{json, ec::to_json(many), text_of("plain text "),
                                                   text_of("a \"word\"\n"),
                                                   text_of("Příliš žluťoučký kůň ")};
  const auto& payload = payloads[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state)
    benchmark::DoNotOptimize(ec::validate_json(payload).has_value());
  state.SetBytesProcessed(static_cast<std::int64_t>(payload.size()) * state.iterations());
}

BENCHMARK(run_encode)->Name("encode/eventcore");
BENCHMARK(run_encode_boost)->Name("encode/boost.json");
BENCHMARK(run_decode)->Name("decode/eventcore");
BENCHMARK(run_decode_boost)->Name("decode/boost.json");
BENCHMARK(run_validate)->Name("validate/event")->Arg(0);
BENCHMARK(run_validate)->Name("validate/1000_events")->Arg(1);
BENCHMARK(run_validate)->Name("validate/text")->Arg(2);
BENCHMARK(run_validate)->Name("validate/escapes")->Arg(3);
BENCHMARK(run_validate)->Name("validate/utf8")->Arg(4);

} // namespace bench

auto main(int argc, char** argv) -> int {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  bench::compare("encode", bench::encode, bench::encode_boost);
  bench::compare("decode", bench::decode, bench::decode_boost);
}
