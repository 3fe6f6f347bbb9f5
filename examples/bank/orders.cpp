#include "orders.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <boost/locale/utf.hpp>
#include <fmt/format.h>

namespace bank {

namespace {

constexpr std::size_t longest_bank = 20;
constexpr std::size_t longest_number = 40;
constexpr std::size_t longest_order_id = 100;

template <class... Args>
auto refuse(fmt::format_string<Args...> text, Args&&... args) -> std::unexpected<ec::failure> {
  return ec::fail(ec::errc::invalid_argument, fmt::format(text, std::forward<Args>(args)...));
}

auto is_utf8(std::string_view text) -> bool {
  namespace utf = boost::locale::utf;
  const auto* const end = text.data() + text.size();
  for (const auto* at = text.data(); at != end;)
    if (!utf::is_valid_codepoint(utf::utf_traits<char>::decode(at, end)))
      return false;
  return true;
}

auto is_code(std::string_view text, std::size_t longest, std::string_view more = {}) -> bool {
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || more.contains(c);
  };
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, fits);
}

using columns = std::array<std::string_view, 6>;

auto split(std::string_view line) -> ec::result<columns> {
  const auto count = static_cast<std::size_t>(std::ranges::count(line, '\t')) + 1;
  columns found;
  if (count != found.size())
    return refuse("{} columns instead of 6 (order id, payer's account, bank, account to, amount, "
                  "type, separated by tabs)",
                  count);
  for (auto& column : found) {
    const auto end = std::min(line.find('\t'), line.size());
    column = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return found;
}

} // namespace

auto account_at(std::string_view bank, std::string_view number) -> ec::result<ec::stream<account>> {
  if (!is_code(bank, longest_bank))
    return refuse("the bank {:?} is not 1 to {} letters and digits", bank.substr(0, 60),
                  longest_bank);
  if (!is_code(number, longest_number))
    return refuse("the account number {:?} is not 1 to {} letters and digits", number.substr(0, 60),
                  longest_number);
  return ec::stream<account>::of(fmt::format("{}-{}", bank, number));
}

auto find_account(std::string_view text) -> ec::result<ec::stream<account>> {
  constexpr std::string_view kind = "account-";
  const auto key = text.starts_with(kind) ? text.substr(kind.size()) : text;
  const auto dash = key.find('-');
  if (dash == key.npos)
    return refuse("{:?} names no account; write its bank and its number, as in home-29401", text);
  return account_at(key.substr(0, dash), key.substr(dash + 1));
}

auto is_home(const ec::stream<account>& id) -> bool {
  const auto key = id.key();
  return key.starts_with(home_bank) && key.substr(home_bank.size()).starts_with('-');
}

auto parse_order(std::string_view line) -> ec::result<transfer_money> {
  if (!is_utf8(line))
    return refuse("it is not valid UTF-8");
  const auto found = split(line);
  if (!found)
    return std::unexpected{found.error()};
  const auto& [order, payer, bank, payee, amount_text, type] = *found;
  if (!is_code(order, longest_order_id, "-_.:/"))
    return refuse("the order id {:?} is not 1 to {} letters, digits and any of - _ . : /",
                  order.substr(0, 60), longest_order_id);
  auto from = account_at(home_bank, payer);
  if (!from)
    return std::unexpected{std::move(from.error())};
  auto to = account_at(bank, payee);
  if (!to)
    return std::unexpected{std::move(to.error())};
  const auto amount = parse_money(amount_text);
  if (!amount)
    return std::unexpected{amount.error()};
  return transfer_money{.order = std::string{order}, .from = *from, .to = *to, .amount = *amount};
}

order_file::order_file(std::filesystem::path path)
    : path_{std::move(path)}, in_{path_, std::ios::binary} {}

auto order_file::open(const std::filesystem::path& path) -> ec::result<order_file> {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    return refuse("{} is a directory, not a file of orders", path.string());
  errno = 0;
  order_file file{path};
  if (!file.in_.is_open())
    return ec::fail(errno == ENOENT ? ec::errc::not_found : ec::errc::invalid_argument,
                    fmt::format("{} cannot be opened: {}", path.string(),
                                std::generic_category().message(errno)));
  return file;
}

auto order_file::next() -> bool {
  do {
    ++number_;
    read_line();
  } while (length_ == 0 && !too_long_ && in_.good());
  return !in_.bad() && (length_ > 0 || too_long_); // what came before a read error is no whole line
}

void order_file::read_line() {
  in_.getline(text_.data(), static_cast<std::streamsize>(text_.size()));
  length_ = static_cast<std::size_t>(in_.gcount());
  too_long_ = in_.fail() && length_ == text_.size() - 1;
  if (too_long_) {
    in_.clear(in_.rdstate() & ~std::ios::failbit);
    in_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    return;
  }
  if (length_ > 0 && !in_.eof()) // getline counts the line's end
    --length_;
  if (length_ > 0 && text_[length_ - 1] == '\r')
    --length_;
}

auto order_file::line() const -> ec::result<std::string_view> {
  if (too_long_)
    return refuse("it is longer than {} bytes", longest_line);
  return std::string_view{text_.data(), length_};
}

auto order_file::read_failure() const -> std::optional<ec::failure> {
  if (!in_.bad())
    return std::nullopt;
  return ec::failure{
    ec::errc::invalid_argument,
    fmt::format("{} could not be read further than line {}", path_.string(), number_ - 1)};
}

} // namespace bank
