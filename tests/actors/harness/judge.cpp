#include "judge.hpp"

#include "commands.hpp"

#include <map>

#include <fmt/format.h>

namespace harness {

namespace {

auto shown(const std::vector<sight>& saw) -> std::string {
  std::string text;
  for (const auto& one : saw)
    text +=
      fmt::format(" {}{}@{}", stream_of(one.stream).key(), one.view == 0 ? "" : "'", one.version);
  return text;
}

/// Judges the calls of one run.
class court {
public:
  court(const calls& asked, const history& log) : asked_{asked}, log_{log} {}

  auto session() -> std::vector<std::string> {
    wrong_ = log_.wrong();
    for (const auto& one : log_.commits())
      judge_commit(one);
    for (const auto& one : asked_.all())
      if (one.outcome)
        judge_answer(one);
    judge_requests();
    return std::move(wrong_);
  }

private:
  template <class... Args>
  void complain(fmt::format_string<Args...> format, Args&&... args) {
    wrong_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  // -- what is in the log --

  void judge_commit(const history::commit& one) {
    const auto* by = asked_.of(one.call);
    if (!by)
      return complain("commit at {} is of no call", one.first);
    const auto& saw = log_.entries()[one.first - 1].saw;
    for (auto at = one.first; at < one.first + one.count; ++at) {
      const auto& entry = log_.entries()[at - 1];
      if (entry.tag != by->tag || entry.saw != saw)
        complain("5: position {} is not of the decision that the commit at {} is of", at,
                 one.first);
    }
    if (const auto when = log_.when(saw); !when.holds(one.first - 1))
      complain("1: the commit at {} of call {} was decided on{}, which was never so just before",
               one.first, one.call, shown(saw));
    if (one.first <= by->known.value)
      complain("6: call {} began when position {} was known, and is in the log at {}", by->number,
               by->known.value, one.first);
    if (const auto failed = by->failed_with(); failed && *failed != ec::errc::outcome_unknown)
      complain("2: call {} was told {} and is in the log at {}", by->number, to_string(*failed),
               one.first);
    if (by->succeeded() && (*by->outcome)->commit != one.id)
      complain("7: call {} is in the log at {}, and was told another commit", by->number,
               one.first);
    if (by->succeeded() && (*by->outcome)->repeated)
      complain("7: call {} is in the log at {}, and was told that it was done before", by->number,
               one.first);
  }

  // -- what was told --

  void judge_answer(const call& one) {
    if (one.answers != 1)
      complain("9: call {} was answered {} times", one.number, one.answers);
    if (one.succeeded())
      return (*one.outcome)->count > 0 ? judge_written(one) : judge_empty(one);
    const auto& why = one.outcome->error();
    switch (why.code) {
    case ec::errc::rule_violated:
      if (const auto told = why.as<refusal>();
          !told || told->tag != one.tag || told->saw != one.saw.saw)
        complain("1: call {} was told another refusal than it decided last", one.number);
      return judge_unwritten(one);
    case ec::errc::handler_failed:
      return why.detail.find("apply()") == std::string::npos ? judge_unwritten(one)
                                                             : judge_unlucky(one);
    case ec::errc::discovery_exhausted:
      return judge_unwritten(one);
    case ec::errc::version_conflict:
      return one.options.expected.empty() ? void() : judge_expected(one, why);
    default:
      return;
    }
  }

  void judge_written(const call& one) {
    const auto& told = **one.outcome;
    const auto* found = log_.find(told.commit);
    if (!found || found->first != told.first.value || found->count != told.count)
      return complain("2: call {} was told positions from {}, which are not its commit's",
                      one.number, told.first.value);
    if (told.first.value + told.count - 1 > one.head.value)
      complain("2: call {} was told position {} when the log ended at {}", one.number,
               told.first.value, one.head.value);
    if (const auto* by = asked_.of(found->call); !by || by->tag != one.tag)
      complain("7: call {} was told the commit of another command", one.number);
    else if (!told.repeated && by != &one)
      complain("7: call {} was told the commit of call {} as its own", one.number, by->number);
    std::map<std::uint32_t, std::uint64_t> last;
    for (auto at = found->first; at < found->first + found->count; ++at)
      last[log_.entries()[at - 1].stream] = log_.entries()[at - 1].version;
    std::map<std::uint32_t, std::uint64_t> told_last;
    for (const auto& [stream, version] : told.streams)
      told_last[number_of(stream.text())] = version.value;
    if (last != told_last)
      complain("2: call {} was told wrong versions", one.number);
  }

  void judge_empty(const call& one) {
    if (!(*one.outcome)->repeated)
      judge_unwritten(one);
  }

  // There is a moment at which all was as it was seen; not before what anybody knew when the call
  // began, and not after its answer.
  void judge_unwritten(const call& one) {
    judge_moment(one, log_.when(one.saw.saw), shown(one.saw.saw));
  }

  void judge_moment(const call& one, const history::span& when, const std::string& what) {
    if (when.with({one.known.value, one.head.value + 1}).is_empty())
      complain("1: call {} was answered on{}, which was never so from {} to {}: {}", one.number,
               what, one.known.value, one.head.value,
               *one.outcome ? "nothing to do" : one.outcome->error().text());
  }

  void judge_unlucky(const call& one) {
    const auto* asked = static_cast<const peek*>(one.command.value());
    if (!log_.has_unlucky(number_of(asked->at), one.head.value))
      complain("1: call {} was told that a view threw on events that are not in the log",
               one.number);
  }

  void judge_expected(const call& one, const ec::failure& why) {
    auto when = history::span{0, one.head.value + 1};
    std::string what;
    for (const auto& [stream, expected, found] : why.streams) {
      if (!expected.commit.is_nil() || expected.version.value == 0)
        return; // a conflict with another writer
      when = when.with(log_.when(number_of(stream.text()), found));
      what += fmt::format(" {}@{}", stream.text(), found.version.value);
    }
    judge_moment(one, when, what);
  }

  // -- requests --

  void judge_requests() {
    struct done {
      std::uint64_t tag = 0;
      ec::executed as{};
      std::uint32_t first_times = 0;
    };
    std::map<std::string, done> requests;
    for (const auto& one : asked_.all()) {
      if (!one.succeeded() || !one.options.request)
        continue;
      const auto& told = **one.outcome;
      const auto [known, is_new] =
        requests.try_emplace(one.options.request->text(), done{one.tag, told});
      known->second.first_times += told.repeated ? 0 : 1;
      const auto& as = known->second.as;
      if (known->second.tag != one.tag)
        complain("7: two commands succeeded under request {}", known->first);
      else if (as.commit != told.commit || as.first != told.first || as.count != told.count
               || as.streams != told.streams)
        complain("7: request {} was told two outcomes", known->first);
    }
    for (const auto& [id, one] : requests)
      if (one.first_times > 1)
        complain("7: request {} was done {} times", id, one.first_times);
    std::map<std::string, std::uint64_t> written;
    for (const auto& one : log_.commits())
      if (const auto* by = asked_.of(one.call); by && by->options.request)
        if (++written[by->options.request->text()] > 1)
          complain("7: request {} is in the log twice", by->options.request->text());
  }

  const calls& asked_;
  const history& log_;
  std::vector<std::string> wrong_;
};

} // namespace

auto judge(const calls& asked, const history& log) -> std::vector<std::string> {
  return court{asked, log}.session();
}

} // namespace harness
