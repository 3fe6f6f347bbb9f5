#include "eventcore/backends.hpp"

#include "eventcore/detail/printable.hpp"

#include <fmt/format.h>

namespace eventcore {

auto backends::add(std::string scheme, store_opener opener) -> backends& {
  openers_.insert_or_assign(std::move(scheme), std::move(opener));
  return *this;
}

auto backends::open(std::string_view url, const store_settings& settings) const
  -> result<std::shared_ptr<event_store>> {
  const auto opener = openers_.find(url.substr(0, url.find(':')));
  if (url.find(':') == std::string_view::npos || opener == openers_.end()) {
    std::string known;
    for (const auto& [scheme, unused] : openers_)
      known += fmt::format("{}{}:", known.empty() ? "" : ", ", scheme);
    return fail(errc::invalid_argument,
                fmt::format("'{}' does not name a store: a store's URL begins with one of {}",
                            detail::printable(detail::without_password(url)), known));
  }
  return opener->second(url, settings);
}

} // namespace eventcore
