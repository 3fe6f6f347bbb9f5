#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/event_store.hpp"
#include "eventcore/snapshots.hpp"

#include <memory>
#include <span>
#include <vector>

namespace eventcore {

/// The views of one stream while it is read, page by page. A stream that is longer than its first,
/// small page is gone on with from snapshots, where there are some. What comes out is always what
/// folding all events would give.
class stream_fold {
public:
  /// `wanted` is of one stream, not empty, and must outlive it. Snapshots are used as `kept` says,
  /// or as the default policy does when it is null.
  stream_fold(std::span<const wanted_state> wanted, snapshots* kept);

  /// The page to read next.
  auto query() const -> const read_stream& { return query_; }

  /// Takes that page. True when there is more to read. Fails with what `fold` says.
  auto take(const stream_page& page, event_store& store) -> result<bool>;

  /// Appends the states, all at one head, in the order of `wanted`. Offers those whose snapshot is old.
  void finish(std::vector<stream_state>& into);

private:
  struct view_fold {
    const view_type* view = nullptr;
    std::uint64_t every = 0; ///< events between two snapshots; 0: none
    std::shared_ptr<void> value{};
    stream_head head{};
    stream_version begun_at{}; ///< of the snapshot that it goes on from
    stream_version kept_at{};  ///< of the snapshot that there is, if it is of any use
    bool is_checked = true;    ///< that the log holds the snapshot's commit
  };

  void begin_all();
  void find_snapshots(event_store& store, const stream_version& end);
  void adopt(view_fold& one, const result<std::optional<snapshot>>& found);
  auto check(const stream_page& page) -> bool;
  auto fold_on(const stream_page& page) -> result<>;
  auto begin_again() -> bool;
  auto uses_snapshots() const -> bool;
  void ignore(const view_fold& one, const stream_version& at, errc code,
              std::string_view why) const;
  void go_on();

  read_stream query_;
  std::vector<view_fold> views_;
  snapshots* kept_;
  bool looks_for_snapshots_ = false;
};

} // namespace eventcore
