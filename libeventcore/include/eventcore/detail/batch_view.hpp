#pragma once

#include "eventcore/admission.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace eventcore::detail {

/// A stream as the write sets of a batch see it.
struct batch_stream {
  const stream_id* id = nullptr;
  std::int64_t key = 0; ///< 0: it has none yet
  stream_head head{};
  bool is_new = false;  ///< made by this batch
  bool written = false; ///< by this batch
};

/// What the critical section read for one batch, and how its write sets change it. Names point into
/// the write sets, which must outlive it.
class batch_view final : public admission_view {
public:
  explicit batch_view(std::size_t write_sets);

  void add(const stream_id& id);
  void add(const request_id& id, done_request done);

  auto head_of(const stream_id& stream) const -> stream_head override;
  auto find(const request_id& id) const -> const done_request* override;

  auto streams() -> std::vector<batch_stream>& { return streams_; }
  auto stream(const stream_id& id) -> batch_stream&;

private:
  struct hash {
    using is_avalanching = void; // the standard library's hash mixes all bits

    auto operator()(std::string_view text) const noexcept -> std::size_t {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using map = boost::unordered_flat_map<std::string_view, Value, hash>;

  std::vector<batch_stream> streams_;
  map<std::size_t> stream_index_;
  map<const done_request*> request_index_;
  std::deque<done_request> requests_;
};

} // namespace eventcore::detail
