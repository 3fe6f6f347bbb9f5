#pragma once

#include "domain.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace bank {

/// The bank whose customers give the orders.
inline constexpr std::string_view home_bank = "home";

/// The account of that number at that bank. Both are letters and digits, so that no two accounts
/// share a stream. Fails with `invalid_argument`.
auto account_at(std::string_view bank, std::string_view number) -> ec::result<ec::stream<account>>;

/// The account that a person names: `home-29401`, or the whole id of its stream. Fails with
/// `invalid_argument`.
auto find_account(std::string_view text) -> ec::result<ec::stream<account>>;

/// Whether an account is at our own bank.
auto is_home(const ec::stream<account>& id) -> bool;

/// Reads one line of an order file: order id, payer's account, bank, account to, amount, type,
/// separated by tabs. The type is not used and may be blank. Fails with `invalid_argument`.
auto parse_order(std::string_view line) -> ec::result<transfer_money>;

/// A text file that is read line by line in constant memory, however long it or its lines are.
class order_file {
public:
  /// Fails with `not_found` or `invalid_argument` when there is no such file or it cannot be read.
  static auto open(const std::filesystem::path& path) -> ec::result<order_file>;

  /// Goes on to the next line that is not empty; false at the end of the file.
  auto next() -> bool;

  /// The line that `next` came to, valid until it is called again; a failure when it is too long.
  auto line() const -> ec::result<std::string_view>;

  /// Its number, counted from 1.
  auto number() const -> std::uint64_t { return number_; }

  /// Why the end came, when it was not the end of the file.
  auto read_failure() const -> std::optional<ec::failure>;

private:
  static constexpr std::size_t longest_line = 4096;

  explicit order_file(std::filesystem::path path);

  void read_line();

  std::filesystem::path path_;
  std::ifstream in_;
  std::array<char, longest_line + 2> text_{}; // with its end and a zero
  std::size_t length_ = 0;
  bool too_long_ = false;
  std::uint64_t number_ = 0;
};

} // namespace bank
