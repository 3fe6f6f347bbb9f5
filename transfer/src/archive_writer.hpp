#pragma once

#include "output_file.hpp"
#include "part_writer.hpp"
#include "write_lines.hpp"

#include "eventcore/transfer/archive_file.hpp"

#include <cstdint>
#include <span>

namespace eventcore::transfer {

/// Writes the payloads of streams to an archive. Takes nothing out of the store.
class archive_writer {
public:
  archive_writer(event_store& store, output_file& to, compression how)
      : store_{store}, writer_{to, how} {}

  auto begin(const header& head) -> result<>;

  /// Adds closed streams; those that have changed since they were listed, or that another archive
  /// has a part of, are left out.
  auto add(std::span<const stream_entry> streams) -> result<>;

  auto end() -> result<>;

  auto streams() const -> std::uint64_t { return streams_; }
  auto events() const -> std::uint64_t { return events_; }

private:
  auto add_some(std::span<const stream_entry> streams) -> result<>;
  auto add_stream(const stream_entry& stream, stream_page page) -> result<>;

  event_store& store_;
  part_writer writer_;
  event_lines lines_{json_form::kept};
  std::uint64_t streams_ = 0;
  std::uint64_t events_ = 0;
};

} // namespace eventcore::transfer
