#include "eventcore/detail/batch_view.hpp"

namespace eventcore::detail {

batch_view::batch_view(std::size_t write_sets) {
  streams_.reserve(write_sets);
  stream_index_.reserve(write_sets);
}

void batch_view::add(const stream_id& id) {
  if (stream_index_.try_emplace(id.text(), streams_.size()).second)
    streams_.push_back({.id = &id});
}

void batch_view::add(const request_id& id, done_request done) {
  request_index_.emplace(id.text(), &requests_.emplace_back(std::move(done)));
}

auto batch_view::head_of(const stream_id& stream) const -> stream_head {
  return streams_[stream_index_.at(stream.text())].head;
}

auto batch_view::find(const request_id& id) const -> const done_request* {
  const auto known = request_index_.find(id.text());
  return known == request_index_.end() ? nullptr : known->second;
}

auto batch_view::stream(const stream_id& id) -> batch_stream& {
  return streams_[stream_index_.at(id.text())];
}

} // namespace eventcore::detail
