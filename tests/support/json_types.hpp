#pragma once

#include "eventcore/json.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

namespace ec = eventcore;

/// A shop whose types use all that the codec knows.
namespace shop {

struct euro_cents {
  std::int64_t value = 0;

  friend auto operator==(const euro_cents&, const euro_cents&) -> bool = default;
};
EVENTCORE_STRONG_TYPE(euro_cents, value)

/// Three capital letters: a strong type that checks.
class country {
public:
  country() = default;

  static auto of(std::string code) -> ec::result<country> {
    if (code.size() != 3)
      return ec::fail(ec::errc::invalid_argument,
                      "a country has three letters, not \"" + code + "\"");
    country made;
    made.code_ = std::move(code);
    return made;
  }

  auto code() const -> const std::string& { return code_; }

  friend auto operator<=>(const country&, const country&) = default;

private:
  std::string code_ = "DEU";
};

enum class state : std::uint8_t { open = 1, paid, sent = 7 };
BOOST_DESCRIBE_ENUM(state, open, paid, sent)

struct line {
  std::string sku;
  std::uint16_t quantity = 0;

  friend auto operator==(const line&, const line&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(line, (), (sku, quantity))

struct card {
  std::string number;

  friend auto operator==(const card&, const card&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(card, (), (number))

struct cash {
  static constexpr std::string_view name = "cash_on_delivery";

  friend auto operator==(const cash&, const cash&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(cash, (), ())

struct order_placed {
  std::string customer;
  std::vector<line> lines;
  euro_cents total;
  std::optional<std::string> note;
  shop::state state = state::open;
  std::variant<card, cash> payment;
  ec::timestamp at;

  friend auto operator==(const order_placed&, const order_placed&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (customer, lines, total, note, state, payment, at))

struct tree {
  std::int8_t value = 0;
  std::vector<tree> children;

  friend auto operator==(const tree&, const tree&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(tree, (), (value, children))

/// Every other type, once.
struct catalogue {
  bool flag = false;
  std::uint64_t large = 0;
  std::int64_t small = 0;
  double ratio = 0;
  float half = 0;
  std::map<std::string, std::int32_t> stock;
  std::unordered_map<std::uint16_t, line> shelves;
  std::map<country, euro_cents> prices;
  std::map<shop::state, bool> switches;
  std::set<std::string> tags;
  std::array<std::optional<bool>, 2> answers;
  std::tuple<std::int8_t, std::string> pair;
  std::vector<bool> bits;
  std::chrono::milliseconds delay{};
  std::chrono::sys_days day;
  ec::event_id event;
  std::optional<ec::stream_id> stream;
  tree root;

  friend auto operator==(const catalogue&, const catalogue&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(catalogue, (),
                      (flag, large, small, ratio, half, stock, shelves, prices, switches, tags,
                       answers, pair, bits, delay, day, event, stream, root))

/// A type that grew: `fee` and `tip` came later.
struct parcel_sent {
  std::string to;
  euro_cents fee{495};
  std::optional<int> tip = 3;
  std::optional<int> weight = 9;

  using added_later = ec::defaults<&parcel_sent::fee, &parcel_sent::tip>;

  friend auto operator==(const parcel_sent&, const parcel_sent&) -> bool = default;
};
BOOST_DESCRIBE_STRUCT(parcel_sent, (), (to, fee, tip, weight))

} // namespace shop

template <>
struct eventcore::strong_type<shop::country> {
  static auto unwrap(const shop::country& value) -> const std::string& { return value.code(); }
  static auto wrap(std::string code) -> result<shop::country> {
    return shop::country::of(std::move(code));
  }
};
