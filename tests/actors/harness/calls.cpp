#include "calls.hpp"

#include "commands.hpp"

#include <fmt/format.h>

namespace harness {

namespace {

constexpr std::size_t too_long = 20'000; ///< more than a payload may have

auto must(ec::result<ec::request_id> id) -> ec::request_id { return ec::unwrap(std::move(id)); }

} // namespace

auto calls::of(std::uint64_t number) const -> const call* {
  return number == 0 || number > calls_.size() ? nullptr : &calls_[number - 1];
}

auto calls::add(std::uint64_t tag, ec::any_command command) -> call& {
  calls_.push_back({.number = calls_.size() + 1, .tag = tag, .command = std::move(command)});
  auto& made = calls_.back();
  made.options.metadata.actor = call_name(made.number);
  return made;
}

auto calls::any_stream() -> std::uint32_t {
  return last_stream_ = static_cast<std::uint32_t>(by_.below(plan_.streams));
}

auto calls::any_command(std::uint64_t tag) -> ec::any_command {
  const auto a = any_stream();
  const auto b = any_stream();
  const auto cents = static_cast<std::int64_t>(by_.between(1, 100));
  switch (by_.below(12)) {
  case 0:
  case 1:
  case 2:
    return deposit{stream_of(a), plan_.special && by_.chance(5) ? unlucky : 100 + cents, tag};
  case 3:
  case 4:
  case 5: {
    transfer made{stream_of(a), stream_of(b), std::nullopt, cents, tag};
    if (by_.chance(50))
      made.third = stream_of(any_stream());
    return made;
  }
  case 6:
  case 7: {
    survey made{{}, by_.next(), tag};
    for (auto count = by_.between(1, 3); count > 0; --count)
      made.over.add(stream_of(any_stream()));
    return made;
  }
  case 8:
    return compare{stream_of(a), stream_of(b).as<tally>(), by_.next(), tag};
  case 9:
    return relink{stream_of(a), b, tag};
  default:
    return follow{stream_of(a), static_cast<std::uint32_t>(by_.between(1, 3)), by_.next(), tag};
  }
}

auto calls::repeat() -> call& {
  const auto& earlier = *of(by_.one_of(with_request_));
  const auto id = *earlier.options.request;
  if (by_.chance(80)) {
    auto& made = add(earlier.tag, earlier.command);
    made.options.request = id;
    return made;
  }
  const auto tag = ++tags_; // another command under it
  auto& made = add(tag, any_command(tag));
  made.options.request = id;
  return made;
}

void calls::make_special(call& made) {
  if (!made.options.request && by_.chance(30)) {
    made.options.request = must(ec::request_id::of(fmt::format("harness/{}", made.number)));
    with_request_.push_back(made.number);
  }
  if (by_.chance(25))
    made.options.command_deadline = std::chrono::milliseconds{by_.between(1, 250)};
  if (by_.chance(15)) {
    // Mostly one of the command's own.
    const auto expected = by_.chance(90) ? last_stream_ : any_stream();
    made.options.expected.push_back({stream_of(expected).id(), {by_.below(8)}});
  }
  if (by_.chance(15))
    made.options.retry.total = std::chrono::milliseconds{by_.between(0, 60)};
}

auto calls::make() -> call& {
  const bool repeats = plan_.special && !with_request_.empty() && by_.chance(20);
  auto& made = [&]() -> call& {
    if (repeats)
      return repeat();
    const auto tag = ++tags_;
    if (plan_.special && by_.chance(3))
      return add(tag, peek{stream_of(any_stream()).as<fussy>(), tag});
    if (plan_.special && by_.chance(2))
      return add(tag, deposit{stream_of(any_stream()), 1, tag, std::string(too_long, 'x')});
    return add(tag, any_command(tag));
  }();
  auto& retry = made.options.retry;
  retry.retries = static_cast<std::uint32_t>(by_.chance(20) ? by_.below(3) : 8);
  retry.backoff = by_.chance(50) ? ec::backoff::none : ec::backoff::exponential;
  retry.initial = std::chrono::milliseconds{by_.between(1, 20)};
  retry.cap = std::chrono::milliseconds{60};
  made.by_request = by_.chance(20);
  if (plan_.special)
    make_special(made);
  if (plan_.follow.is_on && by_.chance(25)) {
    made.options.await = {by_.chance(50) ? "exact" : "repeating"};
    if (by_.chance(20))
      made.options.await.emplace_back("nobody");
    made.options.await_deadline = std::chrono::milliseconds{by_.between(1, 150)};
  }
  return made;
}

auto calls::make_plain(std::uint32_t stream) -> call& {
  const auto tag = ++tags_;
  return add(tag, deposit{stream_of(stream), 7, tag});
}

auto calls::make_survey_of_all() -> call& {
  const auto tag = ++tags_;
  survey made{{}, by_.next(), tag};
  for (std::uint32_t i = 0; i < plan_.streams; ++i)
    made.over.add(stream_of(i));
  return add(tag, made);
}

} // namespace harness
