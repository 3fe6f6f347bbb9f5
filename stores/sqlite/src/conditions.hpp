#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eventcore::sqlite {

/// Texts that begin with `prefix` are those from it up to this one, bytewise.
auto end_of_prefix(std::string prefix) -> std::string;

/// Conditions of a query over streams `s`, all of which are to hold, and the texts in them.
class conditions {
public:
  /// The query's own parameters are ?1 to ?`taken`; the texts follow.
  explicit conditions(std::size_t taken) : taken_{taken} {}

  /// The parameter that stands for `text`.
  auto parameter(std::string text) -> std::string;

  void add(const std::string& condition);
  void add_kinds(const std::vector<std::string>& kinds); ///< one of them; none: any
  void add_glob(const std::string& glob);                ///< empty: any

  auto all() const -> const std::string& { return all_; }
  auto texts() const -> const std::vector<std::string>& { return texts_; }

private:
  std::size_t taken_;
  std::vector<std::string> texts_;
  std::string all_;
};

} // namespace eventcore::sqlite
