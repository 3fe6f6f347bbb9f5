#include "config_file.hpp"

#include "setting_text.hpp"

#include "eventcore/detail/printable.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <caf/detail/ini_consumer.hpp>
#include <caf/detail/parser/read_ini.hpp>
#include <caf/parser_state.hpp>
#include <caf/pec.hpp>
#include <fmt/format.h>

namespace eventcore::detail {

namespace {

using cursor = caf::parser_state<const char*, const char*>;

/// The file and the place that is being read.
struct reading {
  cursor& place;
  config_file& into;
  const char* begin = place.i;
  bool in_section = false;
  std::optional<int> stray{}; ///< the line where something stands behind a value
};

/// Is told by CAF's parser what one group, or the whole file, consists of.
class group_reader final : public caf::detail::abstract_ini_consumer {
public:
  explicit group_reader(reading& from, std::string prefix = {})
      : from_{from}, prefix_{std::move(prefix)} {}

  void key(const std::string& name) {
    key_ = prefix_ + name;
    from_.into.lines.insert_or_assign(key_, from_.place.line);
  }

  auto begin_map() -> group_reader {
    note_heading();
    const bool top_level = prefix_.empty() && key_ == "global"; // CAF's name for it
    return group_reader{from_, top_level ? "" : key_ + "."};
  }

  void end_map() {}

  void value_impl(caf::config_value&& value) override {
    caf::put(from_.into.content, key_, std::move(value));
  }

private:
  /// A group begins behind `[a.`, `]` or `{`. After a section the parser also takes what stands
  /// behind a value on its line for the beginning of the top level; that is remembered.
  void note_heading() {
    const char before = from_.place.i == from_.begin ? '\n' : from_.place.i[-1];
    if (before == ']' || before == '.')
      from_.in_section = true;
    else if (before != '{' && from_.in_section && !from_.stray)
      from_.stray = from_.place.line;
  }

  reading& from_;
  std::string prefix_;
  std::string key_;
};

/// The line of that number, from 1, without its end.
auto line_of(std::string_view text, int number) -> std::string_view {
  for (; number > 1; --number)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

} // namespace

auto config_file::at(std::string_view name, const std::string& what) const -> failure {
  const auto line = lines.find(name);
  return {errc::invalid_argument, line == lines.end()
                                    ? fmt::format("{}: {}", path, what)
                                    : fmt::format("{}:{}: {}", path, line->second, what)};
}

auto read_config(std::istream& in, std::string path) -> result<config_file> {
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  std::erase(text, '\r'); // files from Windows
  config_file file{.path = std::move(path)};
  cursor place{text.data(), text.data() + text.size()};
  reading now{.place = place, .into = file};
  caf::detail::parser::read_ini(place, group_reader{now});
  if (!now.stray && place.code == caf::pec::success && place.at_end())
    return file;
  // The parser counts a line when it looks at the newline that ends the line before.
  const auto line = now.stray.value_or(place.line - (place.current() == '\n' ? 1 : 0));
  const auto wrong = line_of(text, line);
  if (wrong.empty() && place.at_end())
    return fail(
      errc::invalid_argument,
      fmt::format("{} ends inside of a group or a list; its bracket is not closed", file.path));
  return fail(
    errc::invalid_argument,
    fmt::format("{}:{}: '{}' is not understood; a line holds one setting, `name = value`, "
                "comments begin with ; and text stands in double quotes",
                file.path, line, printable(without_password(wrong))));
}

} // namespace eventcore::detail
