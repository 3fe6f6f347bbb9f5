#include "database.hpp"

#include "file_access.hpp"
#include "schema.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace eventcore::sqlite {

database::database(std::filesystem::path file, sqlite_settings settings)
    : file_{std::move(file)}, settings_{std::move(settings)} {}

void database::open() {
  if (settings_.read_only)
    open_reading();
  else
    open_writing();
  readers_ = std::make_unique<reader_pool>(to_read_, settings_.readers);
  inspectors_ = std::make_unique<reader_pool>(to_read_, settings_.readers);
  if (settings_.read_only)
    static_cast<void>(readers_->take());
}

void database::open_writing() {
  writer_ = std::make_unique<writer>(file_, settings_, watch_, [this](int pages) {
    if (keeper_)
      keeper_->grown_to(pages);
  });
  writer_->open();
  constexpr std::size_t page_bytes = 4096;
  const auto pages =
    static_cast<int>(std::clamp<std::size_t>(settings_.wal_bytes / page_bytes, 16, 1'000'000));
  const auto beside = [&](access how) {
    return connection_options{.file = file_, .access = how, .busy_timeout = settings_.busy_timeout};
  };
  keeper_ = std::make_unique<wal_keeper>(beside(access::write),
                                         wal_keeper::limits{pages, settings_.wal_age}, *writer_);
  to_read_ = beside(access::read);
}

void database::open_reading() {
  to_read_ = options_for_reading(file_, settings_.busy_timeout);
  // A reader would fail on tables that are not there before they are asked for.
  connection on{to_read_};
  require_schema(on, file_, migrations());
}

auto database::check_writable() const -> result<> {
  if (!writer_)
    return fail(errc::read_only, fmt::format("{} was opened for reading; open it without read_only "
                                             "to write to it",
                                             file_.string()));
  if (writer_->is_working_here())
    return fail(errc::invalid_argument,
                "the work of a transaction cannot write through the store, which waits for that "
                "work to end; use the session that the work was given, or write after it");
  return {};
}

} // namespace eventcore::sqlite
