#include <eventcore/command.hpp>
#include <eventcore/execute.hpp>
#include <eventcore/load.hpp>
#include <eventcore/stores/memory.hpp>
#include <eventcore/testing/builders.hpp>
#include <eventcore/testing/checks.hpp>
#include <eventcore/testing/ids.hpp>
#include <eventcore/testing/scenario.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

namespace {

namespace ec = eventcore;
using namespace ec::testing;

// Not described: only the codec needs to know what is in it.
struct dot_drawn {
  std::uint8_t x = 0;
  std::uint8_t y = 0;
};

// begin: codec
/// A codec as a user writes one: two bytes for a dot, none for the one that nobody may draw.
struct two_bytes {
  static constexpr ec::encoding encoding = ec::encoding::bytes;

  template <class Event>
  static auto encode(const Event& dot, std::string& payload) -> ec::result<> {
    if (dot.x == 255)
      return ec::fail(ec::errc::invalid_argument, "the last column is not drawn on");
    payload += static_cast<char>(dot.x);
    payload += static_cast<char>(dot.y);
    return {};
  }

  template <class Event>
  static auto decode(std::string_view payload) -> ec::result<Event> {
    if (payload.size() != 2)
      return ec::fail(ec::errc::codec_failed, "a dot has two bytes");
    return Event{static_cast<std::uint8_t>(payload[0]), static_cast<std::uint8_t>(payload[1])};
  }
};

struct canvas {
  using events = ec::events<dot_drawn>;
  using codec = two_bytes;

  int dots = 0;
  dot_drawn last{};

  void apply(const dot_drawn& e) {
    ++dots;
    last = e;
  }
};
// end: codec

struct draw_dot {
  ec::stream<canvas> on;
  std::uint8_t x = 0;
  std::uint8_t y = 0;

  auto handle(const canvas&) const -> ec::result<dot_drawn> { return dot_drawn{x, y}; }
};
BOOST_DESCRIBE_STRUCT(draw_dot, (), (on, x, y))

const ec::stream<canvas> wall{"wall"};

struct canvas_store {
  std::shared_ptr<ec::event_store> store = ec::memory::open();
  sequential_ids ids;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(codec_of_the_users_own, canvas_store)

BOOST_AUTO_TEST_CASE(events_are_stored_as_the_kinds_codec_writes_them) {
  ec::unwrap(ec::execute(*store, draw_dot{wall, 0, 200}));
  ec::unwrap(ec::execute(*store, draw_dot{wall, 7, 0}));
  const auto page = read_all(*store, "canvas-wall");
  BOOST_CHECK(page.events.at(0).encoding == ec::encoding::bytes);
  BOOST_TEST(page.events.at(0).payload == std::string_view("\0\xC8", 2));
  const auto found = ec::unwrap(ec::load(*store, wall));
  BOOST_TEST(found.state.dots == 2);
  BOOST_TEST(found.state.last.x == 7);
}

BOOST_AUTO_TEST_CASE(scenarios_take_its_events_too) {
  given(on(wall, dot_drawn{1, 1})).when(draw_dot{wall, 2, 3}).then(on(wall, dot_drawn{2, 3}));
}

BOOST_AUTO_TEST_CASE(an_event_that_it_cannot_write_refuses_the_command) {
  const auto drawn = ec::execute(*store, draw_dot{wall, 255, 0});
  must_fail(drawn, ec::errc::codec_failed, "the last column is not drawn on");
  BOOST_TEST(drawn.error().detail.contains("canvas-wall"));
  BOOST_CHECK(head_of(*store, "canvas-wall") == ec::stream_head{});
}

BOOST_AUTO_TEST_CASE(a_payload_that_it_cannot_read_is_named_by_stream_and_position) {
  must_commit(*store, write_of(ids, {stream_of("canvas-wall").bytes("dot_drawn", "xyz")}));
  const auto failed =
    must_fail(ec::load(*store, wall), ec::errc::codec_failed, "a dot has two bytes");
  BOOST_TEST(failed.detail.contains("event 'dot_drawn' of stream canvas-wall at position 1"));
}

BOOST_AUTO_TEST_CASE(a_payload_in_another_encoding_is_refused) {
  must_commit(*store, write_of(ids, {stream_of("canvas-wall").event("dot_drawn", "12")}));
  must_fail(ec::load(*store, wall), ec::errc::codec_failed,
            "is stored in version 1 as json, this program knows version 1 as bytes");
}

BOOST_AUTO_TEST_SUITE_END()
