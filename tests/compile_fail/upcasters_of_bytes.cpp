// expect: upcasters work on JSON, but the kind's codec writes bytes
#include "upcasting.hpp"

struct bytes_codec {
  static constexpr ec::encoding encoding = ec::encoding::bytes;
  template <class Event>
  static auto encode(const Event&, std::string&) -> ec::result<> {
    return {};
  }
  template <class Event>
  static auto decode(std::string_view) -> ec::result<Event> {
    return Event{};
  }
};

struct purse : any_purse {
  using codec = bytes_codec;
  static constexpr std::array upcasters{ec::upcaster::drop("purse_torn")};
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
