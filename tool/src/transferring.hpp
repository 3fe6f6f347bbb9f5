#pragma once

#include "progress.hpp"
#include "session.hpp"

#include <eventcore/transfer/options.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tool {

/// What work on files is given: its progress on the terminal, and the stop that a signal asks for.
class transferring {
public:
  transferring(session& here, std::string what, std::string unit)
      : stop_{here.stop_token()}, what_{std::move(what)}, unit_{std::move(unit)} {}

  /// The options, which refer to this object.
  template <class Options = ec::transfer_options>
  auto options() -> Options {
    Options made;
    made.stop = stop_;
    made.progress = [this](std::uint64_t done, std::uint64_t total) { show(what_, done, total); };
    made.preparing = [this](std::uint64_t done, std::uint64_t total) {
      show("preparing", done, total);
    };
    return made;
  }

private:
  void show(std::string_view what, std::uint64_t done, std::uint64_t total) {
    if (showing_ != what)
      shown_ = std::make_unique<progress>(std::string{what}, unit_, total);
    showing_ = what;
    shown_->show(done);
  }

  std::stop_token stop_;
  std::string what_;
  std::string unit_;
  std::string_view showing_{};
  std::unique_ptr<progress> shown_{};
};

} // namespace tool
