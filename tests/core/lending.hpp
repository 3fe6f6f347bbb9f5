#pragma once

#include <eventcore/command.hpp>
#include <eventcore/upcasting.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// A library's books, years after it began: `taken` became `book_lent` and got a due day and then a
// desk; what was swapped in one event is now a return and a loan; nobody counts looks any more.
namespace lending {

namespace ec = eventcore;
namespace json = boost::json;

struct book_lent {
  static constexpr std::array<std::string_view, 2> aliases{"taken", "borrowed"};
  static constexpr std::uint32_t type_version = 3;

  std::string reader;
  std::int64_t due = 0;
  std::string desk;
};
BOOST_DESCRIBE_STRUCT(book_lent, (), (reader, due, desk))

struct book_returned {
  std::string reader;
};
BOOST_DESCRIBE_STRUCT(book_returned, (), (reader))

inline void add_due(json::object& payload) { payload["due"] = payload.at("day").as_int64() + 30; }

// What was stored as `borrowed` counted weeks.
inline void add_due_in_weeks(json::object& payload) {
  payload["due"] = payload.at("weeks").as_int64() * 7;
}

inline void add_desk(json::object& payload) { payload["desk"] = "main"; }

inline auto split_swap(json::object payload) -> std::vector<ec::lifted> {
  std::vector<ec::lifted> parts;
  parts.push_back({.type = "book_returned", .payload = {{"reader", payload.at("from")}}});
  parts.push_back(
    {.type = "taken", .payload = {{"reader", payload.at("to")}, {"day", payload.at("day")}}});
  return parts;
}

inline void name_parties(json::object& payload) {
  ec::rename_member(payload, "a", "from");
  ec::rename_member(payload, "b", "to");
}

struct book {
  using events = ec::events<book_lent, book_returned>;

  static constexpr std::array upcasters{
    ec::upcaster::step("book_lent", 1, &add_due),
    ec::upcaster::step("borrowed", 1, &add_due_in_weeks),
    ec::upcaster::step("book_lent", 2, &add_desk),
    ec::upcaster::step("swapped", 1, &name_parties),
    ec::upcaster::split("swapped", 2, &split_swap),
    ec::upcaster::drop("looked_at"),
    ec::upcaster::drop("read_aloud", 1),
  };

  std::vector<std::string> story;

  void apply(const book_lent& e) {
    story.push_back(e.reader + " until " + std::to_string(e.due) + " at " + e.desk);
  }
  void apply(const book_returned& e) { story.push_back(e.reader + " returned it"); }
};
BOOST_DESCRIBE_STRUCT(book, (), (story))

struct lend {
  ec::stream<book> which;
  std::string reader;

  auto handle(const book&) const -> ec::result<book_lent> { return book_lent{reader, 1, "new"}; }
};
BOOST_DESCRIBE_STRUCT(lend, (), (which, reader))

} // namespace lending
