#include <eventcore/command.hpp>
#include <eventcore/shape.hpp>
#include <eventcore/view_type.hpp>

#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

namespace shaped {

namespace ec = eventcore;

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct amount {
  std::int64_t cents = 0;
};
EVENTCORE_STRONG_TYPE(amount, cents)

struct card {
  std::string number;
};
BOOST_DESCRIBE_STRUCT(card, (), (number))

struct cash {};
BOOST_DESCRIBE_STRUCT(cash, (), ())

struct tree {
  std::string label;
  std::vector<tree> branches;
};
BOOST_DESCRIBE_STRUCT(tree, (), (label, branches))

struct point {
  double x = 0;
};

struct everything {
  bool yes = false;
  std::uint8_t small = 0;
  float rough = 0;
  std::optional<amount> tip;
  std::vector<std::optional<std::int32_t>> holes;
  std::set<colour> colours;
  std::map<std::int16_t, card> cards;
  std::variant<card, cash> paid;
  std::array<int, 2> two{};
  std::pair<std::string, double> both;
  std::chrono::sys_time<std::chrono::milliseconds> at;
  std::chrono::minutes lasts{};
  ec::event_id id;
  ec::stream_id stream;
  tree root;
  amount fee{5};
  card spare{"none"};
  point where;

  using added_later = ec::defaults<&everything::fee, &everything::spare>;
};
BOOST_DESCRIBE_STRUCT(everything, (),
                      (yes, small, rough, tip, holes, colours, cards, paid, two, both, at, lasts,
                       id, stream, root, fee, spare, where))

} // namespace shaped

template <>
struct eventcore::json_format<shaped::point> {
  static void write(json_writer& out, const shaped::point& value) { out.number(value.x); }
  static auto read(json_reader& in, shaped::point& value) -> bool {
    return in.read_number(value.x);
  }
};

using namespace shaped;

BOOST_AUTO_TEST_SUITE(shapes)

BOOST_AUTO_TEST_CASE(all_that_has_json_has_a_shape) {
  std::string lines;
  for (const auto& place : ec::places_of<everything>())
    lines += to_text(place) + "\n";
  BOOST_TEST(lines == R"(object
yes: bool
small: uint8
rough: float
tip: int64, optional
holes: list
holes[]: int32 or null
colours: set
colours[]: name of red|green
cards: map by int16
cards{}: object
cards{}.number: string
paid: object of card|cash
paid(card): object
paid(card).number: string
paid(cash): object
two: list of 2
two[]: int32
both: list of 2
both[0]: string
both[1]: double
at: time in 1/1000 s
lasts: int64 in 60 s
id: uuid
stream: stream id
root: object
root.label: string
root.branches: list
root.branches[]: as root
fee: int64 = 5
spare: object = {"number":"none"}
spare.number: string
where: custom point
)");
}

BOOST_AUTO_TEST_CASE(types_of_the_library_read_as_what_is_stored) {
  BOOST_TEST(ec::shape_text<amount>() == "int64");
  BOOST_TEST(ec::shape_text<tree>()
             == "object; label: string; branches: list; branches[]: as the "
                "whole");
  BOOST_TEST((ec::shape_text<std::unordered_map<std::string, std::vector<bool>>>())
             == "map by string; {}: list; {}[]: bool");
}

BOOST_AUTO_TEST_CASE(equal_shapes_have_equal_texts) {
  BOOST_TEST(ec::shape_text<card>() == "object; number: string");
  BOOST_TEST(ec::shape_text<card>() != ec::shape_text<cash>());
}

BOOST_AUTO_TEST_SUITE_END()

// -- what snapshots are made by ------------------------------------------------

namespace {

struct ticked {};
BOOST_DESCRIBE_STRUCT(ticked, (), ())

struct plain_clock {
  using events = ec::events<ticked>;
  std::int64_t ticks = 0;
  void apply(const ticked&) { ++ticks; }
};
BOOST_DESCRIBE_STRUCT(plain_clock, (), (ticks))

struct second_clock {
  using events = ec::events<ticked>;
  static constexpr int fold_version = 1;
  std::int64_t ticks = 0;
  void apply(const ticked&) { ++ticks; }
};
BOOST_DESCRIBE_STRUCT(second_clock, (), (ticks))

namespace elsewhere {

struct plain_clock {
  std::int64_t ticks = 0;
  void apply(const ticked&) { --ticks; }
};
BOOST_DESCRIBE_STRUCT(plain_clock, (), (ticks))

} // namespace elsewhere

// Keeps the states of one view in a way of its own; that view needs no description.
struct terse {
  static constexpr ec::encoding encoding = ec::encoding::json;
  template <class Event>
  static auto encode(const Event& event, std::string& payload) -> ec::result<> {
    return ec::json_codec::encode(event, payload);
  }
  template <class Event>
  static auto decode(std::string_view payload) -> ec::result<Event> {
    return ec::json_codec::decode<Event>(payload);
  }
  template <class View>
    requires requires(const View& view) { view.secret; }
  static auto encode_state(const View& view, std::string& out) -> ec::result<> {
    out += std::string(static_cast<std::size_t>(view.secret), '|');
    return {};
  }
  template <class View>
    requires requires(const View& view) { view.secret; }
  static auto decode_state(std::string_view payload) -> ec::result<View> {
    if (payload.find_first_not_of('|') != std::string_view::npos)
      return ec::fail(ec::errc::codec_failed, "no tally");
    View view;
    view.secret = static_cast<int>(payload.size());
    return view;
  }
};

struct tally {
  using events = ec::events<ticked>;
  using codec = terse;
  int secret = 0;
  void apply(const ticked&) { ++secret; }
};

struct undescribed {
  using events = ec::events<ticked>;
  using codec = terse;
  int ticks = 0;
  void apply(const ticked&) { ++ticks; }
};

/// The same events, kept by another codec.
struct other_terse : terse {};

struct other_tally {
  static constexpr std::string_view kind = "tally";
  using events = ec::events<ticked>;
  using codec = other_terse;
};

template <class Kind, class View = Kind>
auto fold_of() -> std::string {
  return ec::view_type_of<Kind, View>.format->fold();
}

} // namespace

BOOST_AUTO_TEST_SUITE(folds)

BOOST_AUTO_TEST_CASE(a_fold_is_its_version_the_view_and_all_events_that_are_read) {
  const auto text = [](int version, std::string_view view, std::vector<ec::event_schema> events,
                       std::vector<ec::upcaster_schema> upcasters = {}) {
    return ec::detail::fold_text(version, view, {"clock", std::move(events), std::move(upcasters)});
  };
  const ec::event_schema ticked{.name = "ticked", .places = {{.type = "object"}}};
  const auto plain = text(0, "ticks", {ticked});
  BOOST_TEST(plain.size() == 18U);
  BOOST_TEST(plain.starts_with("0:"));
  BOOST_TEST(text(1, "ticks", {ticked}) == "1:" + plain.substr(2));
  const auto changed = [&](auto change) {
    auto other = ticked;
    change(other);
    return text(0, "ticks", {std::move(other)});
  };
  for (const auto& other : {
         text(0, "tocks", {ticked}),
         text(0, "ticks", {ticked, {.name = "tocked"}}),
         text(0, "ticks", {ticked}, {{"tocked", 0, ec::upcast::drop}}),
         changed([](auto& event) { event.name = "tocked"; }),
         changed([](auto& event) { event.version = 2; }),
         changed([](auto& event) { event.aliases = {"tocked"}; }),
         changed([](auto& event) {
           event.places.push_back({.path = "weight", .type = "int32", .optional = true});
         }),
       }) {
    BOOST_TEST(other != plain);
    BOOST_TEST(other.starts_with("0:"));
  }
}

BOOST_AUTO_TEST_CASE(each_view_has_a_fold_of_its_own) {
  BOOST_TEST(fold_of<plain_clock>().starts_with("0:"));
  BOOST_TEST(fold_of<second_clock>().starts_with("1:"));
  BOOST_TEST((fold_of<plain_clock, elsewhere::plain_clock>()) != fold_of<plain_clock>());
  BOOST_TEST(fold_of<tally>() != (fold_of<other_tally, tally>())); // another codec
}

BOOST_AUTO_TEST_CASE(a_codec_may_keep_states_its_own_way) {
  const auto* format = ec::view_type_of<tally>.format;
  BOOST_REQUIRE(format);
  tally three{3};
  std::string out = "state: ";
  BOOST_REQUIRE(format->encode(&three, out));
  BOOST_TEST(out == "state: |||");
  const auto back = format->decode("||");
  BOOST_REQUIRE(back);
  BOOST_TEST(std::static_pointer_cast<tally>(*back)->secret == 2);
  BOOST_TEST(format->decode("x").error().detail == "no tally");
  BOOST_CHECK(ec::view_type_of<undescribed>.format == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
