#pragma once

#include "eventcore/boundary.hpp"
#include "eventcore/stream.hpp"

#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

namespace eventcore {

namespace detail {

template <class T>
struct as_stream {
  using type = stream<T>;
};

template <class Kind, class View>
struct as_stream<stream<Kind, View>> {
  using type = stream<Kind, View>;
};

} // namespace detail

/// What `discover` finds: streams of these kinds (or of these `ec::stream<kind, view>`), to be read
/// before the decision.
template <class... Found>
class related {
public:
  /// The streams' types.
  using stream_types = boost::mp11::mp_list<typename detail::as_stream<Found>::type...>;

  /// Adds a stream; adding one twice has no further effect.
  template <class Kind, class View>
  void add(const stream<Kind, View>& found) {
    static_assert(
      boost::mp11::mp_contains<stream_types, stream<Kind, View>>::value,
      "eventcore: this ec::related does not list the kind (and view) of the stream that is "
      "added; write ec::related<that_kind, ...> as the result of discover()");
    found_.push_back({found.id(), &view_type_of<Kind, View>});
  }

  /// Adds all streams of a range.
  template <std::ranges::input_range Range>
  void add(const Range& found) {
    for (const auto& one : found)
      add(one);
  }

  auto found() const -> const std::vector<wanted_state>& { return found_; }

private:
  std::vector<wanted_state> found_;
};

} // namespace eventcore
