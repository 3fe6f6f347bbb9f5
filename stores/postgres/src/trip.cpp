#include "trip.hpp"

#include <algorithm>

namespace eventcore::postgres {

namespace {

auto is_answer(const PGresult* result) -> bool {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

} // namespace

auto parameters::number(std::int64_t value) -> parameters& {
  const auto at = static_cast<std::size_t>(count_++);
  put(numbers_.at(at).bytes, value);
  lengths_[at] = sizeof value;
  return *this;
}

auto parameters::bytes(std::string_view value) -> parameters& {
  const auto at = static_cast<std::size_t>(count_++);
  values_.at(at) = value.data() ? value.data() : "";
  lengths_[at] = static_cast<int>(value.size());
  return *this;
}

auto parameters::null() -> parameters& {
  lengths_.at(static_cast<std::size_t>(count_++)) = -1;
  return *this;
}

trip::trip(connection& on) : on_{on} { require(PQenterPipelineMode(on_.handle()) == 1); }

trip::~trip() {
  try {
    finish();
  } catch (...) { // the connection is lost, as its owner sees
  }
}

void trip::require(bool queued) {
  if (!queued)
    throw on_.lost();
}

void trip::add(const statement& what, const parameters& with) {
  std::string prepares;
  if (!on_.prepared().contains(what.name)) {
    require(PQsendPrepare(on_.handle(), what.name.c_str(), what.sql.c_str(), 0, nullptr) == 1);
    on_.prepared().insert(what.name);
    prepares = what.name;
  }
  static constexpr auto binary = [] {
    std::array<int, parameters::most> formats{};
    formats.fill(1);
    return formats;
  }();
  auto values = with.values_;
  for (std::size_t i = 0; i < static_cast<std::size_t>(with.count_); ++i) {
    if (!values[i] && with.lengths_[i] >= 0)
      values[i] = with.numbers_[i].bytes;
    queued_bytes_ += static_cast<std::size_t>(std::max(with.lengths_[i], 0));
  }
  expected_.push_back(std::move(prepares));
  require(PQsendQueryPrepared(on_.handle(), what.name.c_str(), with.count_, values.data(),
                              with.lengths_.data(), binary.data(), 1)
          == 1);
  constexpr std::size_t most_queued = 4 * 1024 * 1024; // bounds what libpq keeps
  if (queued_bytes_ >= most_queued) {
    on_.flush();
    queued_bytes_ = 0;
  }
}

void trip::send() {
  sent_ = true;
  require(PQpipelineSync(on_.handle()) == 1);
  on_.flush();
}

auto trip::answer() -> rows {
  const auto prepares = std::move(expected_.front());
  expected_.pop_front();
  libpq_ptr<PGresult> failed;
  if (!prepares.empty())
    if (auto result = take_prepared(prepares); !is_answer(result.get()))
      failed = std::move(result);
  auto result = take_result();
  if (!failed && !is_answer(result.get()))
    failed = std::move(result);
  if (!failed)
    return rows{std::move(result)};
  if (on_.is_lost() && !PQresultErrorField(failed.get(), PG_DIAG_SQLSTATE))
    throw on_.lost();
  throw database_error{failed.get()};
}

auto trip::take_prepared(const std::string& name) -> libpq_ptr<PGresult> {
  auto result = take_result();
  if (!is_answer(result.get()))
    on_.prepared().erase(name);
  return result;
}

// Each statement's result is followed by null.
auto trip::take_result() -> libpq_ptr<PGresult> {
  auto result = on_.next_result();
  if (!result)
    throw on_.lost();
  while (on_.next_result())
    if (on_.is_lost())
      break;
  return result;
}

void trip::finish() {
  if (on_.is_lost())
    return;
  if (!sent_)
    send();
  for (; !expected_.empty(); expected_.pop_front()) {
    if (!expected_.front().empty())
      take_prepared(expected_.front());
    take_result();
    if (on_.is_lost())
      return;
  }
  const auto end = on_.next_result();
  if (PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(on_.handle()) != 1)
    throw on_.lost();
}

} // namespace eventcore::postgres
